// The journal of an incident: what happened, who did it and when, from the moment somebody knew. Appended,
// synced, chained by hashes and signed with a key of the case; docs/format/incident.md. A journal that does
// not fit together is never written on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/crypto.h"
#include "fs/fs.h"

namespace aplomb::incident {

using Fields = std::map<std::string, std::string>;

enum class Kind {
  opened,
  contained,
  sealed,
  answered,
  done,
  noted,
  failed,
  exported,
  added,
  reported,
  recovered,
  closed,
  false_alarm,
};
std::string_view name(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);

struct Entry {
  uint64_t number = 0;
  Time time;
  std::string who;
  Kind kind = Kind::noted;
  Fields fields;
  // The value of a field; empty when it has none.
  std::string field(const std::string& name) const;
};

// Pure: one line without its end, chained to `previous` and signed.
std::string encode_line(const Entry& entry, const Sha256& previous, const crypto::SigningKey& key);
struct Decoded {
  std::vector<Entry> entries;
  Sha256 head;             // hash of the last line; zeros when there is none
  size_t whole_bytes = 0;  // behind the last complete line: a crash left the rest
  crypto::VerifyKey key;
};
// Pure. Code::corrupt names the line.
Result<Decoded> decode_journal(std::string_view text);

class Journal {
 public:
  // A new case of the site, with its first entry. `site_state`: STATE/SITE. Code::exists when one is open.
  static Result<Journal> open_case(fs::Dir& site_state, const std::string& site, Random& random, Time now,
                                   const std::string& who, Fields fields);
  // The open case, or with `closed_too` the last one; nullopt when there is none.
  static Result<std::optional<Journal>> current(fs::Dir& site_state, const std::string& site,
                                                bool closed_too = false);

  const std::string& case_id() const { return case_id_; }
  const std::vector<Entry>& entries() const { return entries_; }
  bool is_open() const;
  Time knowledge() const { return entries_.front().time; }
  const Sha256& head() const { return head_; }
  const crypto::VerifyKey& key() const { return key_.verify_key; }
  const Entry* last(Kind kind) const;  // nullptr when there is none

  // Durable once this returns. Reads first what others wrote meanwhile. In a closed case an export
  // alone can be entered (Code::refused).
  Status append(Kind kind, Fields fields, const std::string& who, Time now);
  // The bytes as they stand.
  Result<Bytes> text() const;
  Result<std::unique_ptr<fs::Dir>> folder() const;

 private:
  static Result<Journal> load(fs::Dir& site_state, const std::string& case_id);
  Status read();
  Status write(const Entry& entry);

  std::string case_id_;
  std::shared_ptr<fs::Dir> folder_;
  crypto::SigningKey key_;
  std::vector<Entry> entries_;
  Sha256 head_;
  size_t whole_bytes_ = 0;
};

}  // namespace aplomb::incident
