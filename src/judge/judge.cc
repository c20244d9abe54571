#include "judge/judge.h"

#include <algorithm>
#include <thread>

#include "base/channel.h"
#include "base/messages.h"
#include "judge/losses.h"
#include "judge/wording.h"
#include "scan/context.h"
#include "scan/kind.h"
#include "scan/rows.h"
#include "scan/takeover.h"
#include "scan/word_print.h"
#include "site/database_rows.h"
#include "site/executable_value.h"
#include "site/power_words.h"
#include "site/powers.h"

namespace aplomb::judge {
namespace {

constexpr uint64_t kWholeMax = scan::Scanner::kWholeMax;  // larger files: their head and their tail
constexpr uint64_t kEndSize = kWholeMax / 2;
constexpr size_t kQueue = 4;
constexpr unsigned kWorkers = 2;

Finding finding(Level level, const char* rule, const char* message, std::vector<std::string> arguments = {}) {
  return {level, rule, {message, std::move(arguments)}, 0};
}

// A page of the site's own software, or its cache, is full of "the same". Nor
// does a log that was begun anew say anything.
bool is_log(const std::string& path) {
  std::string name = fs::split_path(path).second;
  for (std::string_view part : {".log", ".lock", ".pid", ".tmp"})
    if (name.find(part) != std::string::npos) return true;
  return false;
}

// Somebody's words: not a number, a date, a key or a serialised structure.
bool is_wordy(const scan::WordPrint& words, size_t size) {
  return words.letters >= 3 && words.letters * 2 >= size;
}

Sha256 hash_of(ByteView bytes) {
  return crypto::sha256(bytes);
}

}  // namespace

std::string row_path(const std::string& database, const site::Table& table, const site::Row& row) {
  std::string key;
  bool cut = row.key.size() > 1;  // a comma inside a key must not make two rows one
  for (const site::Value& value : row.key) {
    std::string whole = value.display(SIZE_MAX), shown = value.display(80);
    cut = cut || whole != shown;
    key += (key.empty() ? "" : ",") + shown;
  }
  if (cut) {
    ByteWriter writer;
    site::encode(writer, row.key);
    key += "#" + to_hex(ByteView(crypto::sha256(writer.view()).bytes).first(6));
  }
  return "db:" + database + "/" + table.name + "/" + key;
}

std::string schema_path(const std::string& database, const site::SchemaObject& object) {
  return "db:" + database + "/" + std::string(site::schema_word(object.type)) + ":" + object.name;
}

bool is_schema_path(std::string_view path) {
  if (!path.starts_with("db:")) return false;
  for (site::SchemaType type : {site::SchemaType::trigger, site::SchemaType::view, site::SchemaType::routine,
                                site::SchemaType::event})
    if (path.find("/" + std::string(site::schema_word(type)) + ":") != std::string_view::npos) return true;
  return false;
}

// All that is gathered about one snapshot, and what it is compared with.
struct Judge::Judged {
  archive::SnapshotView& snapshot;
  const Trust& trust;
  Judgement result;
  Surroundings around;
  std::map<std::string, JudgedObject> objects;  // by path: one place to add a finding to
  std::set<std::string> paths;                  // of settings that protect, as found
  std::set<std::string> present;                // paths of everything that is there
  std::map<std::string, uint32_t> modes;        // of the files in result.contents
  TextLosses losses;                            // of texts of databases
  std::set<std::string> approved;               // every path that was approved once
  std::vector<Claim> claims;                    // files that a vendor may explain
  std::map<std::string, vault::Node> telling;   // files that name the version of a package

  Before before(const std::string& path) const {
    return approved.contains(path) ? Before::approved : Before::unknown;
  }
};

struct Judge::Job {
  std::string path;
  vault::Node node;
  scan::Handlers handlers;
  uint32_t content_class = 0;
  Bytes content;
};

Result<Judgement> Judge::judge(archive::SnapshotView& snapshot, const Trust& trust, const Earlier& before) {
  Judged out{snapshot,
             trust,
             {},
             {},
             {},
             {},
             {},
             {},
             TextLosses(before.contents),
             trust.approved_paths(snapshot.received()),
             {},
             {}};
  progress_.stage(tr("judging"), snapshot.manifest().bytes);
  out.around = TRY(look_around(snapshot, trust, site_, scanner_));
  TRY(judge_files(out));
  if (scanner_.clamd_is_gone()) log_.warn(tr("clamd stopped answering: its opinion is missing"));
  hear_vendors(out);
  TRY(judge_databases(out));
  judge_absences(out, snapshot.manifest());
  judge_ransom(out, before);
  judge_overwritten(out, before.contents);
  judge_losses(out);
  for (auto& [path, object] : out.objects) {
    object.verdict = decide(object.provenance, object.strength, object.level());
    out.result.verdict = combine(out.result.verdict, object.verdict);
    if (!object.findings.empty()) out.result.findings_anywhere = true;
    if (object.verdict != ObjectVerdict::clean) out.result.open.push_back(object);
  }
  if (out.result.verdict == Verdict::proven_clean) out.result.since = trust.baseline_time();
  std::ranges::sort(out.result.facts, {}, &scan::SnapshotFile::path);
  std::ranges::sort(out.result.to_approve);
  std::ranges::sort(out.result.protections);
  std::ranges::sort(out.result.generated);
  out.result.recognised = std::move(out.around.recognised);
  progress_.done();
  return std::move(out.result);
}

// Reads in this thread, analyses in two others; what the memo knows is not read
// at all.
Status Judge::judge_files(Judged& out) {
  Channel<Job> jobs(kQueue);
  std::mutex mutex;
  std::optional<Error> error;
  auto work = [&] {
    while (auto job = jobs.take()) {
      scan::Part part = job->content.size() < job->node.size ? scan::Part::head_and_tail : scan::Part::whole;
      auto report = scanner_.analyse(job->path, job->node.mode, job->content, job->handlers, part);
      std::lock_guard lock(mutex);
      if (!report) {
        if (!error) error = std::move(report).error();
        jobs.abort();
        return;
      }
      memo_.remember(job->node.hash, job->content_class, *report);
      settle_file(out, job->path, job->node, *report);
    }
  };
  Status read;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kWorkers; ++i) threads.emplace_back(work);
    read = out.snapshot.for_each([&](const std::string& path, const vault::Node& node) -> Status {
      if (!node.is_file()) {
        std::lock_guard lock(mutex);
        if (!node.is_dir()) settle_link(out, path, node);
        return {};
      }
      progress_.advance(node.size);
      if (Status bound = out.snapshot.check_hash(path, node); !bound) {
        std::lock_guard lock(mutex);
        vault::Node unknown = node;
        unknown.hash = Sha256();  // the claimed one must not be what somebody approves
        settle_file(out, path, unknown, scan::failed_report(scan::Kind::data, node.size, bound.error().what));
        out.objects[path].provenance = Provenance::unexplained;
        return {};
      }
      Job job;
      job.path = path;
      job.handlers = out.around.handlers_for(path);
      job.content_class = scan::content_class(path, node.mode, job.handlers);
      {
        std::lock_guard lock(mutex);
        if (auto known = memo_.find(node.hash, job.content_class)) {
          settle_file(out, path, node, *known);
          return {};
        }
      }
      auto content = node.size <= kWholeMax ? out.snapshot.read(path, node, 0, kWholeMax)
                                            : out.snapshot.read(path, node, 0, kEndSize);
      if (content && node.size > kWholeMax) {
        auto tail = out.snapshot.read(path, node, node.size - kEndSize, kEndSize);
        if (tail) content->insert(content->end(), tail->begin(), tail->end());
      }
      if (!content) {
        std::lock_guard lock(mutex);
        settle_file(out, path, node, scan::failed_report(scan::Kind::data, node.size, content.error().what));
        return {};
      }
      job.node = node;
      job.content = std::move(*content);
      jobs.put(std::move(job));
      return {};
    });
    jobs.close();
  }
  if (error) return fail(std::move(*error));
  return read;
}

void Judge::settle_file(Judged& out, const std::string& path, const vault::Node& node,
                        const scan::FileReport& report) {
  out.present.insert(path);
  if (vendors_ && vendor::tells_version(path)) out.telling[path] = node;
  out.result.facts.push_back({path, report.kind, report.fits_type, report.facts});
  JudgedObject object;
  object.identity = {path, node.hash, node.mode};
  object.findings = report.findings;
  scan::Context context;
  if (out.around.recognised.is_upload(path)) context.upload_folders.push_back(fs::split_path(path).first);
  for (Finding& extra : scan::judge_context(path, node.mode, report, context))
    object.findings.push_back(std::move(extra));
  if (auto bad = site_.known_bad.find(node.hash); bad != site_.known_bad.end())
    object.findings.push_back(finding(Level::known_bad, "known-bad-hash",
                                      tr_later("its content is known as malware, by your list {}"),
                                      {bad->second}));
  bool is_object = report.executable || !report.fits_type || report.hit_limit || node.unstable ||
                   !object.findings.empty() || (node.mode & 06000) != 0;
  std::string shadowed = out.around.shadowed_by(path);
  // A cache may hold anything that visitors' browsers run, but code of the
  // server only where a rule names it.
  bool code = report.facts.holds_php && !site::is_executable_name(fs::split_path(path).second);
  if (out.around.recognised.is_generated(path) && !code) {
    out.result.generated.push_back(path);
    object.provenance = Provenance::generated;
    object.explanation = {tr_later("a cache, made by the site itself"), {}};
  } else if (!is_object && shadowed.empty()) {
    if (!is_log(path)) {
      out.result.contents.add("", path, {node.hash, report.facts.words});
      out.modes[path] = node.mode;
    }
    object.provenance = Provenance::inert;
    object.explanation = {tr_later("nothing executes it, and its bytes are what its name says"), {}};
  } else {
    Explanation why = out.trust.explain(object.identity, out.around.installed);
    object.provenance = why.provenance;
    object.explanation = why.reason;
    if (why.provenance == Provenance::unexplained && out.trust.has_baseline())
      object.explanation = plain_file(out.before(path));
    if (why.provenance == Provenance::unexplained && !report.fits_type) object.explanation = report.mismatch;
    if (why.provenance == Provenance::unexplained && !is_object)
      object.explanation = {tr_later("a web server may show it in the place of "
                                     "{}, which no longer runs then"),
                            {shadowed}};
    if (why.provenance == Provenance::unexplained && out.trust.known_elsewhere(node.hash))
      object.explanation = {tr_later("its content is approved, but at another place or with another mode"),
                            {}};
    ++out.result.objects;
    if (why.baseline) ++out.result.trusted_on_baseline;
    out.result.to_approve.push_back(object.identity);
    bool unexplained = why.provenance == Provenance::unexplained;
    if (vendors_ && !node.unstable && (unexplained || why.baseline))
      out.claims.push_back({path, node, unexplained});
  }
  // A setting may protect in ways that no list knows (a password, an address range): each counts, once
  // approved.
  bool setting = report.kind == scan::Kind::server_config || report.kind == scan::Kind::php_config;
  if (setting || report.facts.protects) {
    out.result.protections.push_back(path);
    out.paths.insert(path);
  }
  if (object.provenance == Provenance::unexplained || !object.findings.empty())
    out.objects[path] = std::move(object);
}

// After all files, because what explains one stands in another: the version of its package.
void Judge::hear_vendors(Judged& out) {
  if (!vendors_ || out.claims.empty()) return;
  std::map<std::string, VendorWord> words = vendors_->hear(
      {out.snapshot, out.claims, out.telling, out.approved, out.present, out.trust.deployed()});
  for (const Claim& claim : out.claims) {
    auto heard = words.find(claim.path);
    if (heard == words.end()) continue;
    const VendorWord& word = heard->second;
    auto found = out.objects.find(claim.path);
    if (word.explained && !claim.unexplained) --out.result.trusted_on_baseline;
    if (found == out.objects.end() || word.reason.message.empty()) continue;
    JudgedObject& object = found->second;
    if (word.explained || (claim.unexplained && is_plain(object.explanation)))
      object.explanation = word.reason;
    if (!word.explained) continue;
    // What the baseline says counts as well: a weak word never makes a proof worse than it was.
    object.provenance = word.provenance;
    object.strength = word.strength;
    if (object.findings.empty()) out.objects.erase(found);
  }
}

// A symbolic link decides what lies under a name, and a device or pipe is no content of a website: each must
// be explained like code.
void Judge::settle_link(Judged& out, const std::string& path, const vault::Node& node) {
  JudgedObject object;
  ByteWriter writer;
  writer.u8(static_cast<uint8_t>(node.type));
  writer.text(node.target);
  writer.u64(node.rdev);
  object.identity = {path, hash_of(writer.view()), 0};
  settle(out, std::move(object));
}

// A row, value, schema object or database: explained by approval or not at all.
void Judge::settle(Judged& out, JudgedObject object) {
  out.present.insert(object.identity.path);
  Explanation why = out.trust.explain(object.identity);
  object.provenance = why.provenance;
  if (why.provenance != Provenance::unexplained || object.explanation.message.empty() ||
      !out.trust.has_baseline())
    object.explanation = why.reason;
  ++out.result.objects;
  if (why.baseline) ++out.result.trusted_on_baseline;
  out.result.to_approve.push_back(object.identity);
  if (object.provenance != Provenance::unexplained && object.findings.empty()) return;
  auto [place, fresh] = out.objects.try_emplace(object.identity.path, object);
  if (fresh) return;  // two things of one name: what is said of either holds
  place->second.provenance = std::max(place->second.provenance, object.provenance);
  for (Finding& extra : object.findings) place->second.findings.push_back(std::move(extra));
}

Status Judge::judge_databases(Judged& out) {
  out.present.insert(kSignersPath);             // approved, and no part of the site
  for (const std::string& path : out.approved)  // a table whose loss somebody approved is not missed again
    if (path.starts_with("db:") && std::ranges::count(path, '/') == 1 && !is_schema_path(path))
      out.present.insert(path);
  for (const archive::DatabaseEntry& entry : out.snapshot.manifest().databases) {
    std::string path = "db:" + entry.name;
    uint64_t limit = site_.config.limits.database_mib_max * 1024 * 1024;
    JudgedObject unreadable;
    unreadable.kind = ObjectKind::database;
    unreadable.identity = {path, entry.node.hash, 0};
    if (entry.node.size > limit) {
      unreadable.findings.push_back(finding(Level::opaque, "database-too-large",
                                            tr_later("the database is too large to be judged ({} bytes)"),
                                            {std::to_string(entry.node.size)}));
      settle(out, std::move(unreadable));
      continue;
    }
    Bytes image = TRY(out.snapshot.read(path, entry.node, 0, limit));
    site::ReadOptions options;
    options.image_bytes_max = limit;
    options.kind = site::engine_of(entry.engine);
    auto database = site::read_database(image, options);
    if (database) {
      TRY(judge_rows(out, entry.name, *database));
      continue;
    }
    if (database.error().code == Code::unsupported) return fail(std::move(database).error());
    unreadable.findings.push_back(finding(Level::suspicious, "database-unreadable",
                                          tr_later("the database cannot be read: {}"),
                                          {database.error().what}));
    settle(out, std::move(unreadable));
  }
  return {};
}

Status Judge::judge_rows(Judged& out, const std::string& name, const site::Database& database) {
  for (const site::SchemaObject& schema : database.objects) {
    if (!site::acts_by_itself(schema.type)) continue;
    JudgedObject object;
    object.kind = ObjectKind::schema;
    object.identity = {schema_path(name, schema), hash_of(as_bytes(schema.sql)), 0};
    object.explanation = plain_schema(out.before(object.identity.path));
    out.result.protections.push_back(object.identity.path);  // one that is dropped is missed
    out.paths.insert(object.identity.path);
    settle(out, std::move(object));
  }
  std::vector<JudgedObject> values;
  std::vector<std::string_view> texts;
  const site::Grants grants(database, site_.config.privileged_tables,
                            [&](const site::Table& table, const site::Row& row) {
                              return out.approved.contains(row_path(name, table, row));
                            });
  // As it was read before anything was approved: what was approved then is there still.
  const site::Grants strict(database, site_.config.privileged_tables,
                            [](const site::Table&, const site::Row&) { return false; });
  for (const site::Table& table : database.tables) {
    out.losses.see_table(name, table.name);
    site::TablePowers powers = site::judge_table(table, site_.config.privileged_tables);
    std::vector<bool> changing;  // with ordinary use
    for (const site::Column& column : table.columns)
      changing.push_back(site::is_volatile(site::split_name(column.name)) ||
                         site::fold_case(column.name).find("cache") != std::string::npos);
    for (const site::Row& row : table.rows) {
      std::string path = row_path(name, table, row);
      if (site::row_power(table, powers, row, grants) == site::RowPower::power) {
        JudgedObject object;
        object.kind = ObjectKind::row;
        object.identity = {path, hash_of(site::power_bytes(table, powers, row)), 0};
        object.explanation = plain_row(table, powers, row, out.before(path));
        settle(out, std::move(object));
      } else if (out.approved.contains(path) &&
                 site::row_power(table, powers, row, strict) == site::RowPower::power) {
        out.present.insert(path);
      }
      for (size_t column = 0; column < row.values.size() && column < table.columns.size(); ++column) {
        std::string place = path + "/" + table.columns[column].name;
        if (!powers.ignored && !changing[column])
          note_text(out, place, "db:" + name + "/" + table.name + "/" + table.columns[column].name,
                    row.values[column]);
        auto bytes = row.values[column].bytes();
        if (!bytes || !site::executable_value(*bytes)) continue;
        JudgedObject object;
        object.kind = ObjectKind::value;
        object.identity = {place, hash_of(as_bytes(*bytes)), 0};
        values.push_back(std::move(object));
        texts.push_back(*bytes);
      }
    }
  }
  auto findings = TRY(scanner_.analyse_values(texts));
  for (size_t i = 0; i < values.size(); ++i) {
    // A frame with a film, or a visitor's question about "<?php": content, as long as no detector objects.
    if (findings[i].empty() && !site::executable_value(texts[i])->acts) continue;
    values[i].findings = std::move(findings[i]);
    values[i].explanation = plain_value();
    settle(out, std::move(values[i]));
  }
  return {};
}

// Text that nothing executes: kept for the comparison with the next state, and
// read for what boasts.
void Judge::note_text(Judged& out, const std::string& path, const std::string& group,
                      const site::Value& value) {
  std::string_view text = value.bytes().value_or(std::string_view());
  ContentPrint print{hash_of(as_bytes(text)), scan::word_print(text)};
  out.losses.see(group, path, text, print);
  if (out.approved.contains(path)) out.present.insert(path);  // a loss that somebody approved
  if (!std::holds_alternative<std::string>(value.data)) return;
  if (!text.empty() && (!is_wordy(print.words, text.size()) || looks_like_cipher(text))) return;
  out.result.contents.add(group, path, print);
  auto boast = scan::find_takeover(text);
  if (!boast) return;
  JudgedObject object;
  object.kind = ObjectKind::value;
  object.identity = {path, print.hash, 0};
  object.findings.push_back(std::move(*boast));
  settle(out, std::move(object));
}

// What is not there, or could not be looked at, is not proven to be in order.
void Judge::judge_absences(Judged& out, const archive::Manifest& manifest) {
  for (const std::string& path : out.trust.protections(out.snapshot.received())) {
    if (out.paths.contains(path) || out.objects.contains(path)) continue;
    JudgedObject object;
    object.kind = ObjectKind::missing;
    object.identity = {path, Sha256(), 0};
    object.findings.push_back(finding(Level::suspicious, "protection-removed",
                                      tr_later("a setting that protected the site is gone")));
    out.objects[path] = std::move(object);
  }
  judge_vanished(out);
  for (const archive::Skipped& skipped : manifest.skipped) {
    JudgedObject& object = out.objects[skipped.path];
    object.identity.path = skipped.path;
    object.kind = skipped.path.starts_with("db:") ? ObjectKind::database : ObjectKind::file;
    object.provenance = Provenance::unexplained;
    object.explanation = out.present.contains(skipped.path)
                             ? Reason{tr_later("not all is well with it: {}"), {skipped.reason}}
                             : Reason{tr_later("it could not be read: {}"), {skipped.reason}};
  }
  for (const archive::Skipped& alert : manifest.alerts) {
    JudgedObject& object = out.objects[alert.path];
    object.identity.path = alert.path;
    object.provenance = Provenance::unexplained;
    object.findings.push_back(finding(Level::suspicious, "hidden-change",
                                      tr_later("its bytes changed although its times did not")));
  }
}

// One file or account less is housekeeping; a quarter of the approved code, or of the approved rows of a
// table, gone at once is damage, and a damaged state is no clean point.
void Judge::judge_vanished(Judged& out) {
  std::map<std::string, std::pair<size_t, std::vector<std::string>>> groups;  // total, missing
  for (const std::string& path : out.trust.approved_paths(out.snapshot.received())) {
    size_t slash = path.starts_with("db:") ? path.find('/', path.find('/') + 1) : 0;
    auto& [total, missing] = groups[path.substr(0, slash)];
    ++total;
    if (!out.present.contains(path)) missing.push_back(path);
  }
  for (const auto& [group, counts] : groups) {
    const auto& [total, missing] = counts;
    bool all = missing.size() == total, many = missing.size() >= 3 && missing.size() * 4 >= total;
    if (missing.empty() || (!all && !many)) continue;
    for (const std::string& path : missing) {
      auto [place, fresh] = out.objects.try_emplace(path);
      if (!fresh) continue;
      place->second.kind = ObjectKind::missing;
      place->second.identity.path = path;
      place->second.explanation = {tr_later("it was approved and is gone, with much else"), {}};
    }
  }
}

void Judge::judge_ransom(Judged& out, const Earlier& before) {
  bool encrypted = false;
  auto add = [&out](const std::string& path, Finding finding) {
    auto [place, fresh] = out.objects.try_emplace(path);
    if (fresh) {
      place->second.identity.path = path;
      place->second.provenance = Provenance::inert;
    }
    place->second.findings.push_back(std::move(finding));
  };
  for (scan::PathFinding& hit : scan::find_ransom(out.result.facts, before.facts)) {
    encrypted = encrypted || hit.finding.rule == "mass-encryption";
    add(hit.path, std::move(hit.finding));
  }
  auto earlier = before.contents.groups().find(""), now = out.result.contents.groups().find("");
  if (!encrypted || earlier == before.contents.groups().end() || now == out.result.contents.groups().end())
    return;
  // What changed on the night of an encryption and holds nothing that can be recognised: it may have been as
  // random before, or is too short to tell.
  for (const scan::SnapshotFile& file : out.result.facts) {
    bool nameless = file.facts.format == scan::Format::none && !file.facts.text && file.facts.size > 0;
    auto was = earlier->second.find(file.path), is = now->second.find(file.path);
    if (!nameless || was == earlier->second.end() || is == now->second.end()) continue;
    if (was->second.hash == is->second.hash || out.objects.contains(file.path)) continue;
    add(file.path, finding(Level::suspicious, "changed-with-encryption",
                           tr_later("it changed together with the files that were encrypted, and nothing in "
                                    "it can be recognised")));
    out.objects[file.path].identity = {file.path, is->second.hash, out.modes[file.path]};
  }
}

// Many files, or rows of a column, that became one. Each can be approved like
// code: then it is so by a person's will.
void Judge::judge_overwritten(Judged& out, const Contents& before) {
  for (const Overwritten& item : find_overwritten(before, out.result.contents)) {
    JudgedObject object;
    object.kind = item.group.empty() ? ObjectKind::file : ObjectKind::value;
    auto mode = out.modes.find(item.path);
    object.identity = {item.path, item.hash, mode == out.modes.end() ? 0 : mode->second};
    object.findings.push_back(finding(Level::suspicious, "mass-overwrite",
                                      tr_later("it held something of its own before, and now the "
                                               "same as {} others that changed with it"),
                                      {std::to_string(item.count - 1)}));
    settle(out, std::move(object));
  }
}

// Texts that were encrypted, emptied or deleted in mass. Can be approved as well: a column that from now on
// is encrypted, a table that was given up.
void Judge::judge_losses(Judged& out) {
  for (const Loss& loss : out.losses.find()) {
    JudgedObject object;
    bool rows = loss.kind == LossKind::deleted || loss.kind == LossKind::table_gone;
    object.kind = rows ? ObjectKind::schema : ObjectKind::value;
    object.identity = {loss.path, loss.hash, 0};
    std::string count = std::to_string(loss.count), total = std::to_string(loss.total);
    Reason reason;
    switch (loss.kind) {
      case LossKind::encrypted:
        reason = {tr_later("it was a text and now reads as encrypted; {} of {} texts of its column changed "
                           "like this at once"),
                  {count, total}};
        break;
      case LossKind::emptied:
        reason = {tr_later("it was a text and now is empty; {} of {} texts of its column were lost at once"),
                  {count, total}};
        break;
      case LossKind::deleted:
        reason = {tr_later("{} of its {} texts were deleted at once"), {count, total}};
        break;
      case LossKind::table_gone:
        reason = {tr_later("the table is gone, and {} texts with it"), {count}};
        break;
    }
    object.findings.push_back(
        {Level::suspicious, rows ? "mass-deletion" : "mass-loss", std::move(reason), 0});
    settle(out, std::move(object));
  }
}

}  // namespace aplomb::judge
