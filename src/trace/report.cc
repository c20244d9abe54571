#include "trace/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/human_size.h"
#include "base/log.h"
#include "base/messages.h"
#include "trace/endpoints.h"

namespace aplomb::trace {
namespace {

constexpr size_t kShownMax = 10;

// To the second, in the machine's own time zone: what stands in the log.
std::string exact(Time time) {
  const int64_t second = (time.ns / kSecond % 60 + 60) % 60;
  return fmt::format("{}:{:02}", to_local(time), second);
}

std::string place_text(const Place& place) {
  return tr("{}, line {}", printable(place.file), place.line);
}

std::string hit_text(const Hit& hit) {
  switch (hit.kind) {
    case LineKind::login:
      return tr("SSH session of {}", printable(hit.account));
    case LineKind::upload:
      return tr("file transfer of {}", printable(hit.target));
    case LineKind::package:
      return tr("package {}", printable(hit.target));
    case LineKind::error:
      return tr("an error message about it");
    default:
      return printable(request_text(hit));
  }
}

std::string from_text(const Hit& hit) {
  if (hit.address.empty()) return "";
  const std::string agent = hit.agent.empty() ? "" : fmt::format(" ({})", printable(hit.agent));
  return tr("from {}", printable(hit.address)) + agent;
}

const EntryPoint* entry_of(const Trace& found, const std::string& object) {
  for (size_t i = 0; i < found.suspects.size() && i < found.entries.size(); ++i)
    if (found.suspects[i].object == object) return &found.entries[i];
  return nullptr;
}

std::string account_text(const EntryPoint& entry) {
  if (!entry.account.empty()) return printable(entry.account);
  if (!entry.signed_in) return "";
  return tr("signed in through {} at {}; logs do not hold the name", printable(entry.signed_in->target),
            exact(entry.signed_in->time));
}

nlohmann::json or_null(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(printable(text));
}

nlohmann::json hit_document(const Hit& hit) {
  return {{"time", to_iso(hit.time)},
          {"address", or_null(hit.address)},
          {"request", printable(hit_text(hit))},
          {"status", hit.status},
          {"bytes", hit.bytes},
          {"log", printable(hit.place.file)},
          {"line", hit.place.line}};
}

}  // namespace

std::string entry_text(const Trace& found, const std::string& object) {
  const EntryPoint* entry = entry_of(found, object);
  if (!entry) return "";
  std::string text;
  auto line = [&](const std::string& one) { text += (text.empty() ? "      " : "\n      ") + one; };
  if (entry->made_by) {
    const Hit& hit = *entry->made_by;
    std::string what =
        tr("came in ({}): {}, {}", words_of(entry->confidence), hit_text(hit), exact(hit.time));
    if (std::string from = from_text(hit); !from.empty()) what += ", " + from;
    line(what);
    if (std::string account = account_text(*entry); !account.empty()) line("  " + tr("account: {}", account));
    for (const Reason& why : entry->why) line("  " + tr("because: {}", printable(why.text())));
    line("  " + tr("source: {}", place_text(hit.place)));
  } else {
    line(tr("how it came in is unknown: {}", entry->why.empty() ? "" : printable(entry->why.front().text())));
  }
  if (entry->first_use) {
    const Hit& use = *entry->first_use;
    line(tr("first used: {}, {}; {}", exact(use.time), use.address.empty() ? hit_text(use) : from_text(use),
            place_text(use.place)));
  }
  return text;
}

std::string surroundings_text(const Trace& found) {
  std::string text;
  auto line = [&](const std::string& one) { text += (text.empty() ? "" : "\n") + one; };
  if (!found.addresses.empty()) line(tr("What else these addresses did:"));
  for (const auto& [address, facts] : found.addresses) {
    line("  " + tr("{}: {} requests from {} to {}, {} that could write, {} refused, {} sent to it",
                   printable(address), facts.requests, exact(facts.first), exact(facts.last), facts.wrote,
                   facts.refused, human_size(facts.bytes)));
    for (size_t i = 0; i < facts.large.size() && i < kShownMax; ++i)
      line("    " + tr("read in volume: {}, {}, {}; {}", hit_text(facts.large[i]),
                       human_size(facts.large[i].bytes), exact(facts.large[i].time),
                       place_text(facts.large[i].place)));
  }
  bool any = false;
  for (size_t i = 0; i < found.dumps.size() && i < kShownMax; ++i) {
    if (!any) line(tr("Dumps and archives that were fetched from the site:"));
    any = true;
    const Hit& hit = found.dumps[i];
    line(fmt::format("  {}: {}, {}, {}; {}", exact(hit.time), hit_text(hit), human_size(hit.bytes),
                     from_text(hit), place_text(hit.place)));
  }
  if (!found.gaps.empty()) line(tr("What the logs do not show:"));
  for (const Gap& gap : found.gaps)
    line(gap.log.empty() ? "  " + printable(gap.why.text())
                         : fmt::format("  {}: {}", printable(gap.log), printable(gap.why.text())));
  return text;
}

nlohmann::json entries_document(const Trace& found) {
  nlohmann::json document = nlohmann::json::array();
  for (size_t i = 0; i < found.entries.size(); ++i) {
    const EntryPoint& entry = found.entries[i];
    nlohmann::json why = nlohmann::json::array();
    for (const Reason& reason : entry.why) why.push_back(printable(reason.text()));
    nlohmann::json one = {
        {"object", printable(found.suspects[i].object)},
        {"way", name(entry.way)},
        {"confidence", name(entry.confidence)},
        {"why", why},
        {"account", or_null(account_text(entry))},
        {"first_use", entry.first_use ? hit_document(*entry.first_use) : nlohmann::json(nullptr)}};
    for (const char* key : {"request", "time", "address", "agent", "log", "line"}) one[key] = nullptr;
    if (entry.made_by) {
      one["request"] = hit_text(*entry.made_by);
      one["time"] = to_iso(entry.made_by->time);
      one["address"] = or_null(entry.made_by->address);
      one["agent"] = or_null(entry.made_by->agent);
      one["log"] = printable(entry.made_by->place.file);
      one["line"] = entry.made_by->place.line;
    }
    document.push_back(std::move(one));
  }
  return document;
}

nlohmann::json gaps_document(const Trace& found) {
  nlohmann::json document = nlohmann::json::array();
  for (const Gap& gap : found.gaps)
    document.push_back({{"kind", gap.kind},
                        {"log", or_null(gap.log)},
                        {"from", gap.from ? nlohmann::json(to_iso(*gap.from)) : nlohmann::json(nullptr)},
                        {"to", gap.to ? nlohmann::json(to_iso(*gap.to)) : nlohmann::json(nullptr)},
                        {"why", printable(gap.why.text())}});
  return document;
}

nlohmann::json addresses_document(const Trace& found) {
  nlohmann::json document = nlohmann::json::array();
  for (const auto& [address, facts] : found.addresses) {
    nlohmann::json large = nlohmann::json::array();
    for (const Hit& hit : facts.large) large.push_back(hit_document(hit));
    document.push_back({{"address", printable(address)},
                        {"requests", facts.requests},
                        {"answered", facts.answered},
                        {"refused", facts.refused},
                        {"could_write", facts.wrote},
                        {"bytes", facts.bytes},
                        {"first", to_iso(facts.first)},
                        {"last", to_iso(facts.last)},
                        {"read_in_volume", large}});
  }
  return document;
}

nlohmann::json fetched_document(const Trace& found) {
  nlohmann::json document = nlohmann::json::array();
  for (const Hit& hit : found.dumps) document.push_back(hit_document(hit));
  return document;
}

}  // namespace aplomb::trace
