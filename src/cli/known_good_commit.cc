#include "cli/known_good_commit.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "archive/take_snapshot.h"
#include "base/messages.h"
#include "cli/terminal.h"
#include "cli/who.h"
#include "judge/machine.h"
#include "site/paths.h"
#include "vendor/deployment.h"
#include "vendor/git_repository.h"

namespace aplomb::cli {
namespace {

constexpr uint64_t kSignersMax = 1 << 20;

// Where a commit lies in a site: its folder below one of the site's, or one of the site's below it.
struct Place {
  const site::SiteConfig* site = nullptr;
  std::string folder, inside;
};

Result<Place> place_of(const site::Config& config, const std::string& folder) {
  for (const site::SiteConfig& site : config.sites) {
    const std::vector<std::string> labels = archive::root_labels(site.roots);
    for (size_t i = 0; i < site.roots.size(); ++i) {
      const std::string& root = site.roots[i];
      if (site::is_beneath(folder, root))
        return Place{&site, archive::object_path(labels[i], site::relative_to(folder, root)), ""};
      if (site::is_beneath(root, folder))
        return Place{&site, labels[i], std::string(site::relative_to(root, folder))};
    }
  }
  return fail(make_error(Code::usage, tr("no site of the configuration lies there"))
                  .at(folder)
                  .then(tr("say where the commit is checked out: --to FOLDER")));
}

Result<Bytes> read_signers(App& app, const std::string& path) {
  auto [folder, name] = fs::split_path(path);
  auto dir = app.fs().open_dir(folder.empty() ? "/" : folder);
  auto bytes = dir ? fs::read_file(**dir, name, kSignersMax) : Result<Bytes>(fail(std::move(dir).error()));
  if (!bytes) return fail(std::move(bytes).error().in(tr("the keys of the signers cannot be read")).at(path));
  return bytes;
}

// Those of an earlier commit, when the owner's signature over them still counts; of this folder's first.
Result<Bytes> pinned_signers(App& app, const judge::SiteState& state, const judge::Trust& trust,
                             const std::string& folder) {
  std::optional<Bytes> found;
  for (vendor::Deployment& deployment : TRY(judge::kept_deployments(app.machine(), state))) {
    if (!trust.pins(crypto::sha256(deployment.signers)) || (found && deployment.folder != folder)) continue;
    found = std::move(deployment.signers);
  }
  if (found) return std::move(*found);
  return fail(make_error(Code::key, tr("nobody's key is pinned for the commits of {}", state.config.name))
                  .then(tr("name the file of allowed signers once: --signers FILE")));
}

Result<vendor::Deployment> read_commit(App& app, const Arguments& arguments, const Place& place,
                                       Bytes signers) {
  auto repository = TRY(vendor::GitRepository::open(app.fs(), absolute_path(arguments.word(1))));
  vendor::Deployment deployment;
  deployment.folder = place.folder;
  deployment.inside = place.inside;
  deployment.signers = std::move(signers);
  deployment.id = TRY(repository.commit_named(arguments.words.size() > 2 ? arguments.word(2) : ""));
  deployment.commit = TRY(repository.object(deployment.id, "commit"));
  vendor::GitCommit commit = TRY(vendor::parse_commit(deployment.commit, deployment.id));
  deployment.trees = TRY(repository.trees(commit.tree));
  return deployment;
}

// The owner's signature over the file, like over any object: from then on whoever holds one of its keys can
// approve code of this site.
Status pin(App& app, Session& session, const judge::SiteState& state, const vendor::Deployment& deployment) {
  app.out().say(tr("Whoever holds one of these keys will be able to approve code of {} by signing commits:",
                   state.config.name));
  for (std::string_view rest = as_text(deployment.signers); !rest.empty();) {
    size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) app.out().say("  " + printable(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (app.options().interactive && !confirm(app, tr("Pin these keys?")))
    return fail(make_error(Code::refused, tr("nothing was signed")));
  judge::Approval approval;
  approval.kind = judge::ApprovalKind::person;
  approval.site = state.config.name;
  approval.time = app.clock().now();
  approval.who = who_runs_this();
  approval.objects.push_back({judge::kSignersPath, crypto::sha256(deployment.signers), 0});
  const crypto::SigningKey* owner = TRY(session.owner_key());
  vault::VaultHeader header = TRY(session.header());
  return judge::sign_approval(app.machine(), *TRY(session.owner_store()), *owner, header, state.path,
                              vault::RecordKind::approval, approval, {});
}

}  // namespace

Result<int> approve_commit(App& app, Session& session, const Arguments& arguments) {
  if (arguments.words.size() < 2 || arguments.words.size() > 3)
    return fail(
        make_error(Code::usage, tr("the repository is missing")).then("aplomb known-good commit DIR [REV]"));
  std::string checked_out =
      site::normal_path(absolute_path(arguments.has("--to") ? arguments.value("--to") : arguments.word(1)));
  Place place = TRY(place_of(session.config(), checked_out));
  judge::SiteState state = session.state(*place.site);
  auto lock = TRY(archive::lock_site(app.machine(), state.path));
  judge::Trust trust = TRY(judge::load_machine_trust(app.machine(), state));
  bool named = arguments.has("--signers");
  Bytes signers = named ? TRY(read_signers(app, absolute_path(arguments.value("--signers"))))
                        : TRY(pinned_signers(app, state, trust, place.folder));
  vendor::Deployment deployment = TRY(read_commit(app, arguments, place, std::move(signers)));
  auto deployed = vendor::prove(deployment);
  if (!deployed) return fail(std::move(deployed).error().at(deployment.id));
  if (!trust.pins(crypto::sha256(deployment.signers))) TRY(pin(app, session, state, deployment));
  TRY(judge::keep_deployment(app.machine(), state, deployment));
  app.out().say(tr("commit {}, signed by {}: its {} files are approved at their places in {}",
                   short_id(deployed->commit), printable(deployed->signer), deployed->files.size(),
                   place.site->name));
  app.out().say(tr("the next backup is judged with it"));
  app.out().document({{"site", place.site->name},
                      {"commit", deployed->commit},
                      {"signer", printable(deployed->signer)},
                      {"folder", printable(place.folder)},
                      {"files", deployed->files.size()}});
  return 0;
}

}  // namespace aplomb::cli
