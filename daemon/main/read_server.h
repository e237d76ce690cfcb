// SPDX-License-Identifier: Apache-2.0
// The reader's fork server (protocol: read/wire.h). It touches no input: it hands descriptors to children.
// Happy path: hello → catalogue loaded, conversions opened → job → fork → "started" → child ends → "ended".
// A message that cannot be understood ends the server, the daemon starts another. Closing the socket ends
// all.
#pragma once

#include "base/error.h"

// Serves on the SEQPACKET socket until it is closed; its children are gone when it returns. -EPROTO: nonsense
// came.
int read_server_run(int sock, struct error *err);
