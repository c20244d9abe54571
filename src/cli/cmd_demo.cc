// `aplomb demo`: the whole story on two real sites of a small town, in about a minute. Everything is real but
// the calendar: PHP's own servers, edits through the sites' own forms, the same commands an administrator
// types, run in this process with a clock that jumps from night to night. All of it lies in one temporary
// folder.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/messages.h"
#include "cli/demo_sites.h"
#include "cli/demo_story.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "site/config.h"

namespace aplomb::cli {
namespace {

using nlohmann::json;

constexpr size_t kToldOfAFolder = 3;

struct Answer {
  int status = 0;
  json document;
};

class Story {
 public:
  explicit Story(App& app) : app_(app), clock_(first_day(app.clock())) {}

  Result<int> run() {
    Stopwatch watch(app_.clock());
    sites_ = TRY(DemoSites::create(to_iso(clock_.now()).substr(0, 10)));
    app_.out().say(tr("A town of 5,000, its website and its staff's wiki, in {}.", sites_->folder()));
    TRY(sites_->start());
    TRY(protect());
    TRY(live_twelve_days());
    TRY(find_the_point());
    TRY(recover());
    std::vector<std::string> left = TRY(sites_->left());
    bool well = verified_ && left.empty();
    for (const std::string& line : left) app_.out().say("! " + tr("still there: {}", line));
    app_.out().say(tr("The whole story took {:.0f} s.", watch.seconds()));
    app_.out().document({{"timeline", timeline_},
                         {"recovery", recovery_},
                         {"markers_left", left},
                         {"seconds", watch.seconds()}});
    if (well && app_.options().interactive) {
      app_.out().say(tr("The recovered site runs at {} and the wiki at {}.", sites_->sites()[0].url(),
                        sites_->sites()[1].url()));
      (void)ask(app_, tr("Press Enter to stop it and remove everything."));
    }
    return well ? 0 : 1;
  }

 private:
  // Twelve days ago at 22:00 UTC, so that the story ends today.
  static Time first_day(const Clock& clock) {
    int64_t today = clock.now().ns / kDay * kDay;
    return {today - kDemoDays * kDay};
  }

  // A command as an administrator types it, with this story's clock.
  Answer command(std::vector<std::string> words) {
    Options options;
    options.config = sites_->folder() + "/aplomb.toml";
    options.recovery_key = sites_->folder() + "/recovery.key";
    options.passphrase = "demonstration only";
    options.language = app_.options().language;
    options.json = true;
    std::string text, errors;
    App inner(options, clock_,
              Output([&](std::string_view part) { text += part; },
                     [&](std::string_view part) { errors += part; }, Output::Form::json));
    Answer answer;
    answer.status = run_command(inner, words);
    answer.document = json::parse(text, nullptr, false);
    if (!errors.empty()) app_.log().warn(errors);
    return answer;
  }

  Status expect(const Answer& answer, std::initializer_list<int> statuses, const std::string& words) {
    if (std::ranges::find(statuses, answer.status) != statuses.end()) return {};
    return fail(make_error(Code::io,
                           tr("the demonstration stopped: aplomb {} ended with {}: {}", words, answer.status,
                              answer.document.is_discarded() ? "" : answer.document.dump())));
  }

  void tell(int day, const std::string& site, const std::string& kind, const std::string& words) {
    timeline_.push_back(
        {{"day", day}, {"time", to_iso(clock_.now())}, {"site", site}, {"kind", kind}, {"text", words}});
    app_.out().say(fmt::format("  {:>2}  {:<5} {}", day, site, words));
  }

  // "town<TAB>news<TAB>title", as day.php says it. Visits are many and alike.
  void tell_act(int day, const std::string& act) {
    size_t first = act.find('\t'), second = act.find('\t', first + 1);
    if (second == std::string::npos) return;
    std::string what = act.substr(first + 1, second - first - 1);
    if (what != "visited")
      tell(day, act.substr(0, first), "life", what + ": " + printable(act.substr(second + 1)));
  }

  Status protect() {
    const std::string vault = "file:" + sites_->folder() + "/vault";
    for (const DemoSite& site : sites_->sites()) {
      std::vector<std::string> words = {"init",    "--root", site.root,  "--name",
                                        site.name, "--url",  site.url(), "--yes"};
      if (site.name == "town")
        words.insert(words.end(), {"--db", "sqlite:" + site.root + "/data/town.db", "--vault", vault});
      Answer answer = command(words);
      TRY(expect(answer, {0}, "init"));
    }
    TRY(add_service_commands());
    app_.out().say(tr("Protected: aplomb init, one command for each site. Then ordinary life:"));
    return {};
  }

  // What init cannot guess for PHP's own server: how to stop and start it.
  Status add_service_commands() {
    const std::string file = sites_->folder() + "/aplomb.toml";
    site::Config config = TRY(site::load_config(app_.fs(), file));
    for (site::SiteConfig& site : config.sites) {
      for (const DemoSite& demo : sites_->sites()) {
        if (demo.name != site.name) continue;
        site.service.stop = {demo.stop_command};
        site.service.start = {demo.start_command};
      }
    }
    return site::save_config(app_.fs(), config);
  }

  Status live_twelve_days() {
    for (int day = 1; day <= kDemoDays; ++day) {
      clock_.advance(kDay);
      std::vector<std::string> acts = TRY(sites_->live(day));
      for (const std::string& act : acts) tell_act(day, act);
      for (const DemoMarker& marker : demo_markers()) {
        if (marker.day != day) continue;
        TRY(sites_->plant(marker.name));
        tell(day, marker.site, "attack", translate(marker.words));
      }
      for (const DemoSite& site : sites_->sites()) TRY(backup(day, site));
    }
    return {};
  }

  Status backup(int day, const DemoSite& site) {
    Answer answer = command({"backup", site.name});
    TRY(expect(answer, {0, 1}, "backup"));
    if (day == kApprovedDay && site.name == "town" && answer.status == 1) {
      Answer approved = command({"approve", site.name});
      TRY(expect(approved, {0}, "approve"));
      tell(day, site.name, "approval", tr("a line of the theme was changed by its author, and is approved"));
      return {};
    }
    std::string verdict = answer.document.value("verdict", "");
    if (verdict != last_verdict_[site.name] && !last_verdict_[site.name].empty())
      tell(day, site.name, "verdict", tr("backup: {}", translate_verdict(verdict)));
    last_verdict_[site.name] = verdict;
    return {};
  }

  // What looks alike is told once: three of a folder, and how many more there are.
  void say_grouped(const json& items, const std::function<std::string(const json&)>& line) {
    std::map<std::string, size_t> told;
    for (const json& item : items) {
      std::string path = item.at("path").get<std::string>();
      std::string group = path.substr(0, path.rfind('/')) + "|" + item.at("kind").get<std::string>();
      if (++told[group] <= kToldOfAFolder) app_.out().say(line(item));
    }
    for (const auto& [group, count] : told)
      if (count > kToldOfAFolder)
        app_.out().say("    " +
                       tr("… and {} more in {}", count - kToldOfAFolder, group.substr(0, group.rfind('|'))));
  }

  static std::string translate_verdict(const std::string& verdict) {
    if (verdict == "proven-clean") return tr("proven clean");
    return verdict == "infected" ? tr("infected") : tr("not proven");
  }

  Status find_the_point() {
    app_.out().say(
        tr("The ransom note is found. Which point is clean, and why? (judged from the vault, with the "
           "recovery key)"));
    for (const DemoSite& site : sites_->sites()) {
      Answer history = command({"history", site.name});
      TRY(expect(history, {0, 1}, "history"));
      say_grouped(history.document.at("events"), [&](const json& event) {
        return fmt::format("  {}  {:<5} {}: {}", event.at("time").get<std::string>().substr(0, 10), site.name,
                           event.at("path").get<std::string>(), event.at("reason").get<std::string>());
      });
      Answer point = command({"clean-point", site.name});
      TRY(expect(point, {0, 1}, "clean-point"));
      const json& id = point.document.at("clean_point");
      for (const json& item : point.document.at("points")) {
        if (id.is_null() || item.at("snapshot") != id) continue;
        std::string when = item.at("time").get<std::string>().substr(0, 10);
        std::string reason = item.at("reason").get<std::string>();
        timeline_.push_back({{"time", item.at("time")},
                             {"site", site.name},
                             {"kind", "clean-point"},
                             {"text", reason},
                             {"snapshot", id}});
        app_.out().say("  " + tr("clean point of {}: {} of {}, {}", site.name,
                                 short_id(id.get<std::string>()), when, reason));
      }
    }
    return {};
  }

  Status recover() {
    verified_ = true;
    clock_.advance(kHour);
    json per_site = json::object();
    for (const DemoSite& site : sites_->sites()) {
      Answer answer = command({"recover", site.name, "--yes"});
      TRY(expect(answer, {0, 1}, "recover"));
      verified_ = verified_ && answer.status == 0;
      const json& report = answer.document;
      per_site[site.name] = report;
      if (site.name == "town") recovery_ = report;
      app_.out().say(
          tr("{} recovered: {} changes, {} things kept, {} rejected; pages for citizens after {:.1f} s, back "
             "after {:.1f} s{}",
             site.name, report.at("changed").size(), report.at("kept").size(), report.at("rejected").size(),
             report.at("seconds_to_continuity").is_null() ? -1.0
                                                          : report.at("seconds_to_continuity").get<double>(),
             report.at("seconds_total").get<double>(),
             report.at("verified").get<bool>() ? "" : tr(" (NOT verified)")));
      say_grouped(report.at("rejected"), [](const json& item) {
        return fmt::format("    - {}: {}", item.at("path").get<std::string>(),
                           item.at("reason").get<std::string>());
      });
      for (const json& line : report.at("gate")) app_.out().say("    ! " + line.get<std::string>());
    }
    recovery_["sites"] = per_site;
    return {};
  }

  App& app_;
  ManualClock clock_;
  std::unique_ptr<DemoSites> sites_;
  std::map<std::string, std::string> last_verdict_;
  json timeline_ = json::array();
  json recovery_ = json::object();
  bool verified_ = false;
};

}  // namespace

Result<int> cmd_demo(App& app, const Arguments& arguments) {
  if (arguments.has("--wordpress"))
    return fail(make_error(Code::unsupported, tr("the demonstration on WordPress comes with a later version"))
                    .then("aplomb demo"));
  return Story(app).run();
}

}  // namespace aplomb::cli
