// SPDX-License-Identifier: Apache-2.0
// Rows of which another source says something else, while the file is read.
#pragma once

#include "store/ingest_matter.h"

// `other`: what stands; `replaced`: ours takes its place.
void ingest_note_conflict(struct matter *m, size_t dataset, const struct fact_found *other, bool replaced);
void ingest_drop_conflicts(struct ingest *in);
