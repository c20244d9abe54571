// The keeper's log: reading it, and the one place where it grows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "base/messages.h"
#include "vault/format.h"
#include "vault/keeper.h"
#include "vault/keeper_key.h"
#include "vault/references.h"

namespace aplomb::vault {
namespace {

constexpr std::array<std::string_view, 3> kKindNames{"commit", "record", "removal"};
constexpr int64_t kLockWait = 10 * kSecond;  // DESIGN section 5: busy after a short wait

std::string entry_path(const LogHead& head) {
  return fmt::format("log/{:08}.{}", head.sequence, kKindNames.at(static_cast<size_t>(head.kind) - 1));
}

std::optional<LogHead> parse_entry_name(std::string_view name) {
  size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot > 18) return std::nullopt;
  LogHead head;
  for (char c : name.substr(0, dot)) {
    if (c < '0' || c > '9') return std::nullopt;
    head.sequence = head.sequence * 10 + static_cast<uint64_t>(c - '0');
  }
  std::string_view kind = name.substr(dot + 1);
  auto known = std::ranges::find(kKindNames, kind);
  if (known == kKindNames.end()) return std::nullopt;
  head.kind = static_cast<EntryKind>(known - kKindNames.begin() + 1);
  return head;
}

}  // namespace

Result<std::unique_ptr<fs::File>> Keeper::lock_log() {
  auto file = TRY(folder_->open("lock", fs::Open::create));
  int64_t deadline = context_.clock.monotonic_ns() + kLockWait;
  while (true) {
    Status locked = file->try_lock();
    if (locked) return file;
    if (locked.error().code != Code::busy || context_.clock.monotonic_ns() > deadline)
      return fail(std::move(locked)
                      .error()
                      .in(tr("another run is writing to the vault"))
                      .then(tr("try again in a moment")));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// Temporary files that a crash left; only the holder of the lock writes there.
void Keeper::remove_leftovers() {
  for (const char* part : {"log", "index"}) {
    auto folder = folder_->open_dir(part);
    auto entries = folder ? (*folder)->list() : Result<std::vector<fs::Entry>>();
    if (!entries) continue;
    for (const fs::Entry& entry : *entries)
      if (entry.name.starts_with(fs::kTemporaryPrefix)) (void)(*folder)->remove(entry.name);
  }
}

Result<const crypto::SigningKey*> Keeper::signing_key() {
  if (!signing_key_) {
    crypto::SigningKey key = TRY(read_keeper_key(*folder_));
    if (key.verify_key != header_.keeper_verify)
      return fail(make_error(Code::key, tr("the keeper's key is not the one that the vault names"))
                      .at(kKeeperKeyFile)
                      .then(tr("put back the keeper's own key file")));
    signing_key_ = std::move(key);
  }
  return &*signing_key_;
}

Result<Receipt> Keeper::append(EntryKind kind, ByteView content, const std::function<Status()>& check) {
  const crypto::SigningKey* key = TRY(signing_key());
  auto lock = TRY(lock_log());
  remove_leftovers();
  TRY(mend_header());
  TRY(forget_deleted_packs());
  TRY(add_unindexed_packs());
  load_imports();
  if (check) TRY(check());
  TRY(sync_new_packs());
  TRY(folder_->sync());  // the folders themselves, should their maker have died before
  TRY(read_log());
  if (auto known = entered_.find(crypto::sha256(content)); known != entered_.end()) {
    // A repeat: the first time may have failed after the entry had its name, so the name is made durable
    // here.
    auto folder = TRY(folder_->open_dir("log"));
    TRY(folder->sync());
    return known->second;
  }
  std::vector<LogHead> heads = TRY(log_heads());
  LogEntry entry;
  entry.kind = kind;
  entry.sequence = heads.empty() ? 1 : heads.back().sequence + 1;
  entry.received = context_.clock.now();
  entry.content.assign(content.begin(), content.end());
  if (!heads.empty()) {
    auto last = log_entry(heads.back());
    if (last) {
      entry.previous = last->hash;
      entry.received = std::max(entry.received, last->received);  // the log's time never goes back
    } else if (last.error().code != Code::corrupt) {
      // The disk may give it next time: a chain once broken stays so.
      return fail(std::move(last).error().then(tr("try again; if it stays so, check the disk of the vault")));
    } else {
      // A damaged last entry breaks the chain here, visibly; verify says so. New entries must still be
      // possible.
      context_.log.warn(tr("the last log entry is damaged: {}", last.error().what));
    }
  }
  Bytes encoded = encode(entry, key);
  std::string path = entry_path({entry.sequence, kind});
  TRY_IN(fs::write_file_durably(*folder_, path, encoded),
         tr("the snapshot could not be entered in the vault's log"));
  // It is entered. A missing run is made by who opens the vault next.
  Status indexed = write_new_runs();
  if (!indexed) context_.log.warn(tr("the vault's index could not be written: {}", indexed.error().what));
  return Receipt{entry.sequence, entry.received};
}

// Learns what the log says since it was last read: the writers of the domains, and what has been entered.
Status Keeper::read_log() {
  unread_.reset();
  for (const LogHead& head : TRY(log_heads())) {
    if (head.sequence <= read_to_) continue;
    auto entry = log_entry(head);
    if (!entry && entry.error().code == Code::unsupported) return fail(std::move(entry).error());
    if (!entry && entry.error().code != Code::corrupt) unread_ = std::move(entry).error();
    if (!unread_) read_to_ = head.sequence;
    if (!entry) continue;
    entered_.emplace(crypto::sha256(entry->content), Receipt{entry->sequence, entry->received});
    if (head.kind != EntryKind::record) continue;
    auto record = decode_record(entry->content);
    if (!record || !record->signed_by(header_.owner_verify)) continue;
    if (record->record.kind == RecordKind::domain) writers_[record->record.domain] = record->record.writer;
    if (record->record.kind == RecordKind::imported)
      imports_.push_back({record->record.domain, record->record.listing});
    closed_.insert(record->record.closes.begin(), record->record.closes.end());
  }
  load_imports();
  return {};
}

Result<crypto::VerifyKey> Keeper::writer_of(const DomainId& domain) {
  TRY(read_log());
  auto found = writers_.find(domain);
  if (found != writers_.end()) return found->second;
  if (unread_) return fail(*unread_);  // it may be the very record
  return fail(make_error(Code::refused, tr("the vault does not know this site's domain"))
                  .then(tr("the owner must first register it: aplomb init, or a finished recovery")));
}

Status Keeper::check_not_closed(const DomainId& domain) const {
  if (!closed_.contains(domain)) return {};
  return fail(make_error(Code::refused, tr("a recovery of this site has closed its earlier writer key"))
                  .then(tr("the state folder is older than the last recovery of this site")));
}

Result<bool> Keeper::entered(ByteView content) {
  TRY(read_log());
  return entered_.contains(crypto::sha256(content));
}

// Everything the snapshot refers to is in the vault, in the writer's own domain.
Status Keeper::check_references(const Commit& commit) {
  References references(*this,
                        [this](const DomainId& domain, std::span<const ChunkId> ids) -> Result<uint64_t> {
                          return static_cast<uint64_t>(std::ranges::count(TRY(has(domain, ids)), false));
                        });
  auto counted = references.missing(commit);
  uint64_t missing = counted.value_or(0);
  if (counted && missing == 0) return {};
  if (unread_pack_) return fail(*unread_pack_);  // it may be in there
  if (!counted) return fail(std::move(counted).error());
  return fail(
      make_error(Code::corrupt, tr("the snapshot refers to {} chunks that the vault does not have", missing))
          .then(tr("run the backup again: it will read everything anew")));
}

Result<Receipt> Keeper::commit(ByteView content) {
  SignedCommit commit = TRY(decode_commit(content));
  crypto::VerifyKey writer = TRY(writer_of(commit.commit.domain));
  if (!commit.signed_by(writer))
    return fail(Code::refused, tr("the snapshot is not signed by the site's writer"));
  // Under the lock, against the packs of that moment: a collection may have deleted some since has()
  // answered.
  return append(EntryKind::commit, content, [&]() -> Status {
    if (!entered_.contains(crypto::sha256(content))) TRY(check_not_closed(commit.commit.domain));
    return check_references(commit.commit);
  });
}

Result<Receipt> Keeper::append_record(ByteView content) {
  SignedRecord record = TRY(decode_record(content));
  if (!record.signed_by(header_.owner_verify))
    return fail(Code::refused, tr("the record is not signed by the vault's owner"));
  return append(EntryKind::record, content);
}

Result<Receipt> Keeper::append_removal(const Removal& removal,
                                       const std::function<Status()>& check_under_lock) {
  return append(EntryKind::removal, encode(removal), check_under_lock);
}

Result<std::unique_ptr<fs::File>> Keeper::lock_collection() {
  auto file = TRY(folder_->open("collection", fs::Open::create));
  Status locked = file->try_lock();
  if (locked) return file;
  return fail(std::move(locked).error().in(tr("another collection runs in this vault")));
}

// The log first: what an entry names was there before it.
Result<std::vector<LogHead>> Keeper::log() {
  std::vector<LogHead> heads = TRY(log_heads());
  TRY(add_unindexed_packs());
  TRY(read_log());
  return heads;
}

Result<std::vector<LogHead>> Keeper::log_heads() {
  auto folder = TRY(folder_->open_dir("log"));
  std::vector<LogHead> heads;
  for (const fs::Entry& entry : TRY(folder->list()))
    if (auto head = parse_entry_name(entry.name)) heads.push_back(*head);
  std::ranges::sort(heads, {}, &LogHead::sequence);
  return heads;
}

Result<LogEntry> Keeper::log_entry(const LogHead& head) {
  std::string path = entry_path(head);
  Bytes bytes = TRY(fs::read_file(*folder_, path, 2 * kLogEntryMax + 4096));
  auto entry = decode_log_entry(bytes);
  if (!entry) return fail(std::move(entry).error().at(path));
  if (entry->sequence != head.sequence || entry->kind != head.kind)
    return fail(make_error(Code::corrupt, tr("a log entry lies under another's name")).at(path));
  return entry;
}

}  // namespace aplomb::vault
