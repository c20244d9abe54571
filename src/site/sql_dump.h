// A dump of MariaDB as values, and values as a dump or as the statements that lead from one state to another.
// Pure, for the confined child (dump_child.cc): whoever filled the database may be the attacker, and his
// values and names stand in the text. What goes to a server again is written anew from the values; only the
// texts that define a table, view, trigger, routine or event are passed on as they are.
//
// Values: integers that fit 64 bits are integers, other numbers keep their digits as text, 0x… are bytes.
#pragma once

#include <string>
#include <string_view>

#include "site/database_model.h"
#include "site/database_repair.h"
#include "site/worker_answer.h"

namespace aplomb::site {

// As mariadb-dump writes it with the options of maria_client.cc, or as write_dump() does. A table's key is
// its primary key, or the whole row where there is none. The first line of a trigger, routine or event is
// "-- sql_mode …" where the dump names one: it decides what the text means.
Outcome<Database> parse_dump(ByteView text, const ModelLimits& limits = {});

// A dump that any client loads; parse_dump() gives the same database back.
Bytes write_dump(const Database& database);

// The model with a repair applied; false in `changed` when it made no difference.
Outcome<void> apply_repair(Database& database, const Repair& repair, bool& changed);

// Statements that make `to` out of `from`, and again out of a state in which they were partly done. Rows
// change in one transaction; a table of another shape is made anew. `delimiter` must stand in neither: a
// random word.
Bytes write_changes(const Database& from, const Database& to, std::string_view delimiter);

// A CREATE TABLE without the next number of its AUTO_INCREMENT, which changes with every row.
std::string without_counter(std::string_view create);

}  // namespace aplomb::site
