// SPDX-License-Identifier: Apache-2.0
// Named points at which tests kill the daemon: JUNHENG_KILL_AT=NAME or NAME:N (the N-th passage). Always
// compiled in; without the variable a passage costs one getenv(). What a kill at each leaves, and who takes
// it up:
//   claimed       file in .claimed/, no row: recovery scans .claimed/ and records it (intake_recover)
//   recorded      row `received`, claimed set: copied again
//   spooled       as recorded, with a copy in the spool that no row names: copied over
//   read          all frames are here, nothing is stored: read again
//   t1-committed  stored; receipt, archive and removal of the original are taken up, scopes are still dirty
//   receipt       receipt lies in receipts/, not marked: written again, byte for byte
//   archived      archive stands, original and spool still lie there: done again over the same name
//   removed       original and spool are gone, the row says otherwise: the archive that stands is marked
//   run-done      measures are here, nothing is stored: the scopes are still dirty and run again
//   t2-committed  results, alerts and outbox stand: the outbox is sent
//   sent          the receiver has it, we have not said so: sent again under the same idempotency key
//   reported      the outbox row is done: nothing is left
#pragma once

void kill_point(const char *name); // any thread
