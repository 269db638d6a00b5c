/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/dns/question.h"
#include "core/driver.h"
#include "core/guard/preflight.h"
#include "core/verdict/verdict.h"

/*
 * What was seen from a node, as items of its preflight.
 */

/** NAMESERVER: what one of this node's nameservers said of our name. Any answer
 *  will do, also that there is no such name: that is for the verdict. */
void preflight_take_nameserver(struct preflight *preflight,
			       const struct endpoint *server,
			       const struct reply *reply);

/** REMOTE and ROUTE: what connecting to the remotes (io/remotes, remotes_reach)
 *  left in `seen`. */
void preflight_take_remotes(struct preflight *preflight,
			    const struct verdict *seen);

/** WITNESS: the same of the witnesses. */
void preflight_take_witnesses(struct preflight *preflight,
			      const struct verdict *seen);

/** Where a network for a virtual address is on this node. */
struct preflight_network {
	char ifname[16];	/* "": nowhere */
	bool up;		/* the interface is, and has a carrier */
};
/**
 * INTERFACE. An address without a network is degraded: it may be routed to
 * this node, as with BGP, and IPaddr2 can be told the interface. One whose
 * network is on an interface that is down has failed.
 */
void preflight_take_network(struct preflight *preflight,
			    const struct addr *addr,
			    const struct preflight_network *network);

/** CERTIFICATE: an observation of core/tls/tls_observe. */
void preflight_take_certificate(struct preflight *preflight,
				const struct observation *obs);

/** WITNESS: what came of reading their key (io/authkey): 0, or an error and its
 *  reason. Mail flows without, so that is degraded. */
void preflight_take_authkey(struct preflight *preflight, int error,
			    const char *reason);

/** MTA: a pass, with what the driver warns of: it works, though not as the
 *  admin may think, and so it does on the other nodes. */
void preflight_take_findings(struct preflight *preflight,
			     const struct binding *binding);

/** CHROOT: whether the files that chrooted services read are among those that
 *  the binding would copy; a pass when nothing is chrooted. */
void preflight_take_chroot(struct preflight *preflight,
			   const struct binding *binding);
