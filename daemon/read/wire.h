// SPDX-License-Identifier: Apache-2.0
// clang-format off
// What junheng-read says to the daemon about one file. Frames as in base/frame.h, in this order:
// WIRE_TABLE before its rows; WIRE_ROWS, WIRE_ERROR, WIRE_BAD_ROW in any order after; WIRE_END last and once.
//
// WIRE_TABLE  JSON {"table":0,"dataset":"school_resource","sheet":"学校资源","kind":"wide|form|form_ii_2",
//                   "period":"2025-2026"|null (null: each row carries it),"columns":["school","pupils_primary",…],
//                   "layout":{"school":"C","pupils_primary":"P"} (wide: column letters; form: whole cells "E11"),
//                   "headers":{"school":"学校代码",…} (as written in the file),
//                   "header_rows":[3,4],"first_row":5}
// WIRE_ROWS   binary, little-endian: u16 table, u32 rows; per row: u32 row number in the sheet, then per column of the
//             table one cell: u8 tag, payload (see below). Every row begins with the resolved period as its first cell,
//             before the declared columns, as text (WIRE_TEXT or dictionary).
// WIRE_ERROR  JSON {"table":0|null,"level":"refuse|missing|ask|note","sheet":…,"row":9|null,"column":"县级及以上骨干教师数"|null,
//                   "column_id":"backbone"|null,"cell":"T9"|null,"entity":"3301020009"|null,"name":"江北小学"|null,
//                   "code":"sum_exceeds","message":"whole sentences with cell and header, in the daemon's language; row, entity and
//                   name are not repeated in it"}. Errors that speak of a table come after its WIRE_TABLE.
// WIRE_BAD_ROW JSON {"table":0,"row":9,"cells":["…",…] (as text, from column A),"bad":[19] (0-based column numbers)}: a row for the
//                   correction file, refused or stored with something missing. "bad":null: a row of the head, with "merges":
//                   [[first column, last column, rows],…] for cells merged from this row on. "spare":true: wanted only if the
//                   daemon refuses the row. In the order in which they are to stand.
// WIRE_END    JSON {"state":"ok|rejected","code":…,"message":…|null,"dataset":"main one"|null,"period":…|null,
//                   "rows_ok":40,"rows_bad":2,"encoding":"gb18030|utf-8|xlsx","delimiter":",",
//                   "skipped":{"title":1,"total":1,"note":2,"blank":0,"filler":0,"repeated_header":0,"code_row":0},
//                   "units":["万元"],"footer":{"填报人":"…"},"sheets":[{"sheet":"…","hidden":false,"used":true,"why":"…"}],
//                   "tables":[{"header_first":3,"header_last":4,"rows":42}] (by table number)}
#pragma once

enum wire_type { WIRE_TABLE = 'T', WIRE_ROWS = 'R', WIRE_ERROR = 'E', WIRE_BAD_ROW = 'B', WIRE_END = 'Z' };

enum wire_tag {
    WIRE_NULL = 0,
    WIRE_INT = 1,       // i64
    WIRE_REAL = 2,      // f64
    WIRE_TEXT = 3,      // u32 length, bytes (UTF-8, no NUL)
    WIRE_DICT_NEW = 4,  // u32 length, bytes: also becomes the next entry of the file's dictionary, counted from 0
    WIRE_DICT = 5,      // u32 index into the file's dictionary
};

// The job for one file, as JSON beside two descriptors (SCM_RIGHTS: input file, output pipe) on the fork server's
// SEQPACKET socket, descriptor 3:
//   {"id":7,"file":"学校资源_2025-2026.xlsx","mtime_ms":…,
//    "source":{"name":"city","counties":["330102"]|null,"datasets":[…]|null,"period":"2025-2026"|null,"school_system":"六三制"},
//    "limits":{"memory_bytes":…,"cpu_s":…,"max_cells":…}}
// The first message on the socket is {"hello":1,"language":"zh_CN"} with one descriptor: a memfd holding the
// catalogue's JSON. {"kill":7} ends a job. The server answers {"id":7,"pid":123} when started and
// {"id":7,"exit":0,"signal":0} when the child has ended; it holds no file open after that.
