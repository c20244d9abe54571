#include "recover/report.h"

#include <nlohmann/json.hpp>

#include "base/log.h"

namespace aplomb::recover {
namespace {

using nlohmann::json;

json hex(const std::string& text) {
  return to_hex(as_bytes(text));
}

std::string unhex(const json& value) {
  auto bytes = from_hex(value.get<std::string>());
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

json keep(const Reason& reason) {
  json arguments = json::array();
  for (const std::string& argument : reason.arguments) arguments.push_back(hex(argument));
  return {{"message", reason.message}, {"arguments", arguments}};
}

Reason unkeep(const json& value) {
  Reason reason;
  reason.message = value.at("message").get<std::string>();
  for (const json& argument : value.at("arguments")) reason.arguments.push_back(unhex(argument));
  return reason;
}

json keep(const std::vector<Kept>& list) {
  json out = json::array();
  for (const Kept& item : list) out.push_back({{"path", hex(item.path)}, {"reason", keep(item.reason)}});
  return out;
}

std::vector<Kept> unkeep_list(const json& value) {
  std::vector<Kept> list;
  for (const json& item : value) list.push_back({unhex(item.at("path")), unkeep(item.at("reason"))});
  return list;
}

json show(const std::vector<Kept>& list) {
  json out = json::array();
  for (const Kept& item : list)
    out.push_back({{"path", printable(item.path)}, {"reason", printable(item.reason.text())}});
  return out;
}

}  // namespace

json to_json(const Report& report) {
  json rejected = json::array();
  for (const Rejected& item : report.rejected)
    rejected.push_back({{"path", printable(item.path)},
                        {"kind", item.kind},
                        {"reason", printable(item.reason.text())},
                        {"quarantine", item.quarantine}});
  json deleted = json::array();
  for (const std::string& path : report.deleted) deleted.push_back(printable(path));
  json administrators = json::array();
  for (const NewPassword& item : report.administrators)
    administrators.push_back({{"login", printable(item.login)}, {"link", item.link}});
  // A plan that was not carried out is told as a plan.
  json planned = nullptr;
  if (!report.carried_out)
    planned = {{"changed", show(report.changed)}, {"kept", show(report.kept)}, {"rejected", rejected}};
  auto done = [&](const json& list) { return report.carried_out ? list : json::array(); };
  auto or_null = [](const std::string& text) { return text.empty() ? json(nullptr) : json(text); };
  return {
      {"point", or_null(report.point)},
      {"proven", report.proven},
      {"point_reason", report.point.empty() ? json(nullptr) : json(printable(report.point_reason.text()))},
      {"evidence", or_null(report.evidence)},
      {"changed", done(show(report.changed))},
      {"kept", done(show(report.kept))},
      {"rejected", done(rejected)},
      {"planned", planned},
      {"deleted", deleted},
      {"secrets", done(report.secrets)},
      {"administrators", done(administrators)},
      {"gate", report.gate},
      {"advice", report.advice},
      {"continuity_url", or_null(report.continuity_url)},
      {"seconds_to_continuity",
       report.seconds_to_continuity < 0 ? json(nullptr) : json(report.seconds_to_continuity)},
      {"seconds_total", report.seconds_total},
      {"snapshot", or_null(report.snapshot)},
      {"verified", report.verified}};
}

std::string summary_of(const Report& report) {
  json rejected = json::array();
  for (const Rejected& item : report.rejected)
    rejected.push_back({{"path", hex(item.path)},
                        {"kind", item.kind},
                        {"reason", keep(item.reason)},
                        {"quarantine", item.quarantine}});
  json deleted = json::array();
  for (const std::string& path : report.deleted) deleted.push_back(hex(path));
  return json{{"changed", keep(report.changed)},
              {"kept", keep(report.kept)},
              {"rejected", rejected},
              {"deleted", deleted},
              {"point_reason", keep(report.point_reason)},
              {"secrets", report.secrets},
              {"gate", report.gate}}
      .dump();
}

Report report_from_summary(const std::string& summary) {
  Report report;
  json value = json::parse(summary, nullptr, false);
  if (!value.is_object()) return report;
  try {
    report.changed = unkeep_list(value.at("changed"));
    report.kept = unkeep_list(value.at("kept"));
    for (const json& item : value.at("rejected"))
      report.rejected.push_back({unhex(item.at("path")), item.at("kind").get<std::string>(),
                                 unkeep(item.at("reason")), item.at("quarantine").get<std::string>()});
    for (const json& path : value.at("deleted")) report.deleted.push_back(unhex(path));
    report.point_reason = unkeep(value.at("point_reason"));
    report.secrets = value.value("secrets", std::vector<std::string>());
    report.gate = value.at("gate").get<std::vector<std::string>>();
  } catch (const json::exception&) {
    return Report();  // a damaged summary costs the list, not the recovery
  }
  return report;
}

}  // namespace aplomb::recover
