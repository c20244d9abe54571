#include "archive/take_snapshot.h"

#include <algorithm>
#include <set>
#include <thread>

#include "base/messages.h"
#include "base/version.h"
#include "site/paths.h"
#include "site/sqlite_copy.h"

namespace aplomb::archive {
namespace {

constexpr char kListName[] = "files.list";
constexpr char kManifestName[] = "manifest";
constexpr uint64_t kManifestMax = 256ull * 1024 * 1024;
constexpr int64_t kLockWait = 5 * kSecond;

Sha256 list_binding(const vault::WriterKey& key) {
  ByteWriter writer;
  writer.id(key.vault);
  writer.id(key.domain);
  writer.text(key.site);
  return crypto::sha256(writer.view());
}

struct DatabaseCopy {
  DatabaseEntry entry;
  bool raw = false;  // bytes as they are, so what SQLite keeps beside it is stored as well
  std::unique_ptr<fs::File> file;
  fs::Stat live;
};

// The steps of one snapshot, in the order of run().
class Snapshotter {
 public:
  Snapshotter(const Machine& machine, vault::WriterStore& store, const vault::WriterKey& key,
              const SnapshotRequest& request)
      : machine_(machine), store_(store), key_(key), request_(request), watch_(machine.clock) {}

  Result<SnapshotResult> run() {
    start_ = machine_.clock.now();
    state_ = TRY(machine_.fs.make_dirs(request_.state_path, 0700));
    TRY(fs::make_dirs(*state_, "databases", 0700));
    std::vector<std::string> roots;
    for (const std::string& root : request_.site.roots) roots.push_back(as_it_was(root));
    labels_ = root_labels(roots);
    TRY(copy_databases());
    writer_ = TRY(vault::SnapshotWriter::create(store_, key_, machine_.random, request_.import));
    TRY(store_pages());
    TRY(store_files());
    if (!databases_.empty()) gap_seconds_ = watch_.seconds();
    TRY(store_databases());
    TRY(store_vouchers());
    return commit();
  }

 private:
  // A database that cannot be copied as one (encrypted, cut off) is stored as the bytes it has: that is
  // evidence.
  Status copy_databases() {
    for (const site::DatabaseSpec& spec : request_.site.databases) {
      DatabaseCopy copy;
      copy.entry.name =
          unique_name(spec.on_server() ? spec.entry_name() : fs::split_path(as_it_was(spec.path)).second);
      copy.entry.engine = site::engine_name(spec.kind);
      copy.entry.path = spec.place();
      if (!spec.on_server()) copy.entry.object_path = place_in_roots(spec.path);
      std::string stored = "databases/" + copy.entry.name;
      Status copied =
          spec.on_server() ? dump_database(spec, stored, copy) : copy_database(spec, stored, copy);
      if (!copied) {
        machine_.log.warn(tr("database {}: {}", spec.place(), copied.error().what));
        skipped_.push_back({"db:" + copy.entry.name, copied.error().what});
        if (state_->stat(stored)) TRY(state_->remove(stored));
        continue;
      }
      databases_.push_back(std::move(copy));
    }
    return {};
  }

  Status copy_database(const site::DatabaseSpec& spec, const std::string& stored, DatabaseCopy& copy) {
    auto [folder, name] = fs::split_path(spec.path);
    auto dir = TRY(machine_.fs.open_dir(folder.empty() ? "/" : folder));
    copy.live = TRY(dir->stat(name));
    std::string fresh = stored + ".new";
    if (state_->stat(fresh)) TRY(state_->remove(fresh));
    site::CopyOptions options;
    options.timeout_ms = static_cast<int64_t>(request_.site.limits.database_wait_seconds) * 1000;
    auto copied = site::copy_sqlite(spec.path, request_.state_path + "/" + fresh, options);
    if (!copied) {
      if (copied.error().code != Code::corrupt) return fail(std::move(copied).error());
      skipped_.push_back({"db:" + copy.entry.name,
                          tr("it is no longer a readable database; its bytes are stored as they are: {}",
                             copied.error().what)});
      copy.raw = true;
      TRY(copy_raw(*dir, name, fresh));
    }
    TRY(state_->rename(fresh, *state_, stored, fs::Replace::yes));
    copy.file = TRY(state_->open(stored, fs::Open::read));
    return {};
  }

  // The dump of a server's database is written into the state first: the judge on the machine reads it there.
  Status dump_database(const site::DatabaseSpec& spec, const std::string& stored, DatabaseCopy& copy) {
    std::string fresh = stored + ".new";
    if (state_->stat(fresh)) TRY(state_->remove(fresh));
    TRY(request_.dump.empty() ? ask_server(spec, fresh, copy) : take_dump(fresh));
    copy.live = TRY(state_->stat(fresh));
    TRY(state_->rename(fresh, *state_, stored, fs::Replace::yes));
    copy.file = TRY(state_->open(stored, fs::Open::read));
    return {};
  }

  Status take_dump(const std::string& fresh) {
    auto [folder, name] = fs::split_path(request_.dump);
    auto dir = TRY(machine_.fs.open_dir(folder.empty() ? "/" : folder));
    return copy_raw(*dir, name, fresh);
  }

  Status ask_server(const site::DatabaseSpec& spec, const std::string& fresh, const DatabaseCopy& copy) {
    site::ServerLogin login = TRY(request_.login ? request_.login(spec) : site::login_of(machine_.fs, spec));
    if (login.moved) {
      std::string reason =
          tr("the CMS's configuration names another database now: {}", printable(login.moved_to));
      machine_.log.warn(tr("database {}: {}", spec.place(), reason));
      // Said of that file, so that a recovery that puts it back has answered it.
      std::string config = place_in_roots(spec.server.config);
      skipped_.push_back({config.empty() ? "db:" + copy.entry.name : config, reason});
    }
    auto file = TRY(state_->open(fresh, fs::Open::create_new));
    uint64_t position = 0;
    return site::dump_mariadb(login, [&](ByteView bytes) -> Status {
      TRY(file->write_at(position, bytes));
      position += bytes.size();
      return {};
    });
  }

  Status copy_raw(fs::Dir& dir, const std::string& name, const std::string& target) {
    auto source = TRY(dir.open(name, fs::Open::read));
    auto file = TRY(state_->open(target, fs::Open::create_new));
    Bytes buffer(1024 * 1024);
    for (uint64_t position = 0;;) {
      size_t got = TRY(source->read_at(position, buffer));
      if (got == 0) return {};
      TRY(file->write_at(position, ByteView(buffer).first(got)));
      position += got;
    }
  }

  std::string unique_name(std::string name) {
    std::string candidate = name;
    for (int i = 2; !names_.insert(candidate).second; ++i) candidate = name + "-" + std::to_string(i);
    return candidate;
  }

  std::string place_in_roots(const std::string& path) const {
    for (size_t i = 0; i < request_.site.roots.size(); ++i)
      if (site::is_beneath(path, request_.site.roots[i]))
        return object_path(labels_[i], site::relative_to(path, request_.site.roots[i]));
    return "";
  }

  bool excluded(std::string_view path) const {
    for (const DatabaseCopy& copy : databases_) {
      const std::string& place = copy.entry.object_path;
      if (place.empty() || !path.starts_with(place)) continue;
      std::string_view rest = path.substr(place.size());
      if (rest.empty()) return true;
      if (copy.raw) continue;
      if (rest == "-wal" || rest == "-shm" || rest == "-journal") return true;
    }
    std::string_view relative = path;
    for (const std::string& label : labels_)
      if (!label.empty() && path.size() > label.size() && path.starts_with(label) &&
          path[label.size()] == '/')
        relative = path.substr(label.size() + 1);
    return site::any_matches_tree(request_.site.exclude, relative);
  }

  Status store_files() {
    Sha256 binding = list_binding(key_);
    auto previous = FileListReader::open(*state_, kListName, binding);
    list_ = TRY(FileListWriter::create(*state_, kListName, start_, binding));
    auto interrupted = FileListReader::open(*state_, interrupted_list(kListName), binding);
    BackupOptions options;
    options.excluded = [this](std::string_view path) { return excluded(path); };
    options.recent = recent_.get();
    options.read_everything = request_.read_everything;
    backup_ = std::make_unique<TreeBackup>(*writer_, *previous, *interrupted, *list_, machine_.random,
                                           machine_.progress, options);
    machine_.progress.stage(tr("saving files"), bytes_of_last_backup());
    for (size_t index : roots_in_walk_order()) {
      const std::string& path = request_.site.roots[index];
      auto dir = fs::open_dir_without_links(machine_.fs, path);
      if (!dir)
        return fail(std::move(dir)
                        .error()
                        .in(tr("the site's folder cannot be read"))
                        .at(path)
                        .then(tr("check the roots of this site in the configuration")));
      RootEntry root;
      root.path = path;
      root.label = labels_[index];
      root.node = TRY(backup_->store_root(**dir, "root", root.label));
      manifest_.roots.push_back(std::move(root));
    }
    return {};
  }

  // About what there is to do; 0 when nobody knows.
  uint64_t bytes_of_last_backup() const {
    auto encoded = fs::read_file(*state_, kManifestName, kManifestMax);
    auto manifest = encoded ? decode_manifest(*encoded) : Result<Manifest>(fail(encoded.error()));
    return manifest ? manifest->bytes : 0;
  }

  // The list of files must be in the order of the walk over all roots.
  std::vector<size_t> roots_in_walk_order() const {
    std::vector<size_t> order(labels_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, [this](size_t a, size_t b) { return walks_before(labels_[a], labels_[b]); });
    return order;
  }

  Status store_databases() {
    for (DatabaseCopy& copy : databases_) {
      std::string name =
          copy.entry.engine == "sqlite" ? fs::split_path(copy.entry.path).second : copy.entry.name;
      copy.entry.node = TRY(backup_->store_single(*copy.file, name, copy.live));
      manifest_.databases.push_back(copy.entry);
    }
    return {};
  }

  Status store_pages() {
    for (const Page& page : request_.pages) TRY(store_page(page));
    while (request_.more_pages) {
      std::optional<Page> page = TRY(request_.more_pages());
      if (!page) break;
      TRY(store_page(*page));
    }
    return {};
  }

  // Few and seldom new: read whole, and stored once by their content. One that cannot be read proves nothing
  // later.
  Status store_vouchers() {
    if (state_->stat(kSeenName)) TRY(store_voucher(*state_, kSeenName));
    if (auto dir = state_->open_dir(kDeployments)) TRY(store_vouchers_of(**dir));
    if (request_.vouchers_path.empty()) return {};
    if (auto dir = machine_.fs.open_dir(request_.vouchers_path)) TRY(store_vouchers_of(**dir));
    return {};
  }

  Status store_vouchers_of(fs::Dir& dir) {
    for (const fs::Entry& file : TRY(dir.list())) {
      if (file.type != fs::FileType::regular || file.name.starts_with(fs::kTemporaryPrefix)) continue;
      TRY(store_voucher(dir, file.name));
    }
    return {};
  }

  Status store_voucher(fs::Dir& dir, const std::string& name) {
    auto bytes = fs::read_file(dir, name, kVoucherMax);
    if (!bytes || name.size() > kTextMax) {
      machine_.log.warn(tr("{} could not be saved for later proof", name));
      return {};
    }
    manifest_.vouchers.push_back({name, crypto::sha256(*bytes), TRY(writer_->put_object(*bytes))});
    return {};
  }

  Status store_page(const Page& page) {
    if (page.url_path.size() > kPathMax) {
      skipped_.push_back({page.url_path, tr("the address of this page is too long to be saved")});
      return {};
    }
    PageEntry entry;
    entry.url_path = page.url_path;
    entry.content_type = page.content_type.substr(0, kTextMax);
    entry.hash = crypto::sha256(page.body);
    entry.content = TRY(writer_->put_object(page.body));
    manifest_.pages.push_back(std::move(entry));
    return {};
  }

  std::string as_it_was(const std::string& path) const {
    for (const SnapshotRequest::Moved& moved : request_.moved)
      if (path == moved.lies_at || site::is_beneath(path, moved.lies_at))
        return moved.was_at + path.substr(moved.lies_at.size());
    return path;
  }

  Result<SnapshotResult> commit() {
    BackupCounts& counts = backup_->counts();
    manifest_.site = request_.site.name;
    manifest_.taken = request_.imported_at.value_or(start_);
    manifest_.tool = kToolName;
    manifest_.facts_json = request_.facts_json;
    manifest_.evidence = request_.evidence;
    manifest_.files = counts.files;
    manifest_.bytes = counts.bytes;
    manifest_.skipped = std::move(counts.skipped);
    manifest_.skipped.insert(manifest_.skipped.end(), skipped_.begin(), skipped_.end());
    manifest_.alerts = std::move(counts.alerts);
    const Bytes as_read = encode(manifest_);
    for (RootEntry& root : manifest_.roots) root.path = as_it_was(root.path);
    for (DatabaseEntry& database : manifest_.databases) database.path = as_it_was(database.path);
    Bytes encoded = encode(manifest_);
    // The site decides about names, types of pages and more: what could not be read again must not be
    // committed.
    TRY_IN(decode_manifest(encoded), tr("the snapshot could not be read again"));
    vault::ObjectRef root = TRY(writer_->put_object(encoded, vault::SnapshotWriter::Holds::ids));
    vault::SnapshotWriter::Committed committed = TRY(writer_->commit(root, start_));
    // The snapshot is safe; what follows only makes the next one quicker, but the judge on the machine reads
    // it.
    TRY(list_->finish());
    TRY(fs::write_file_durably(*state_, kManifestName, as_read));
    machine_.progress.done();
    SnapshotResult result;
    result.id = committed.id;
    result.sequence = committed.receipt.sequence;
    result.received = committed.receipt.received;
    result.manifest = std::move(manifest_);
    result.bytes_stored = committed.bytes_stored;
    result.seconds = watch_.seconds();
    result.gap_seconds = gap_seconds_;
    result.recent = std::move(recent_);
    return result;
  }

  const Machine& machine_;
  vault::WriterStore& store_;
  const vault::WriterKey& key_;
  const SnapshotRequest& request_;
  Stopwatch watch_;
  Time start_;
  double gap_seconds_ = 0;
  std::unique_ptr<RecentBytes> recent_ = std::make_unique<RecentBytes>(start_);
  std::unique_ptr<fs::Dir> state_;
  std::vector<std::string> labels_;
  std::set<std::string> names_;
  std::vector<DatabaseCopy> databases_;
  std::vector<Skipped> skipped_;
  std::unique_ptr<vault::SnapshotWriter> writer_;
  std::unique_ptr<FileListWriter> list_;
  std::unique_ptr<TreeBackup> backup_;
  Manifest manifest_;
};

}  // namespace

Result<SnapshotResult> take_snapshot(const Machine& machine, vault::WriterStore& store,
                                     const vault::WriterKey& key, const SnapshotRequest& request) {
  return Snapshotter(machine, store, key, request).run();
}

namespace {

// MachineSnapshot with the state folder it reads from.
class OwnedMachineSnapshot final : public SnapshotView {
 public:
  OwnedMachineSnapshot(fs::Fs& fs, Manifest manifest, std::unique_ptr<fs::Dir> state, Sha256 binding,
                       const RecentBytes* recent)
      : state_(std::move(state)),
        recent_(recent),
        view_(fs, std::move(manifest), *state_, kListName, binding,
              [this](const std::string& name) { return state_->open("databases/" + name, fs::Open::read); }) {
  }
  const Manifest& manifest() const override { return view_.manifest(); }
  Status for_each(const Visit& visit) override { return view_.for_each(visit); }
  Result<Bytes> read(const std::string& path, const vault::Node& node, uint64_t offset,
                     uint64_t limit) override {
    auto live = view_.read(path, node, offset, limit);
    const Bytes* kept = !live && recent_ ? recent_->find(node.hash) : nullptr;
    if (!kept) return live;
    ByteView rest = ByteView(*kept).subspan(static_cast<size_t>(std::min<uint64_t>(offset, kept->size())));
    rest = rest.first(static_cast<size_t>(std::min<uint64_t>(limit, rest.size())));
    return Bytes(rest.begin(), rest.end());
  }
  Status check_hash(const std::string& path, const vault::Node& node) override {
    return view_.check_hash(path, node);
  }

 private:
  std::unique_ptr<fs::Dir> state_;
  const RecentBytes* recent_;
  MachineSnapshot view_;
};

}  // namespace

Result<std::unique_ptr<SnapshotView>> open_machine_snapshot(const Machine& machine,
                                                            const vault::WriterKey& key,
                                                            const std::string& state_path,
                                                            const RecentBytes* recent) {
  auto state = TRY(machine.fs.open_dir(state_path));
  Bytes bytes = TRY(fs::read_file(*state, kManifestName, kManifestMax));
  Manifest manifest = TRY(decode_manifest(bytes));
  return std::make_unique<OwnedMachineSnapshot>(machine.fs, std::move(manifest), std::move(state),
                                                list_binding(key), recent);
}

std::vector<std::string> root_labels(const std::vector<std::string>& roots) {
  if (roots.size() == 1) return {""};
  std::vector<std::string> labels;
  std::set<std::string> used;
  for (const std::string& root : roots) {
    std::string base = fs::split_path(root).second, label = base;
    for (int i = 2; !used.insert(label).second; ++i) label = base + "-" + std::to_string(i);
    labels.push_back(label);
  }
  return labels;
}

Result<std::unique_ptr<fs::File>> lock_site(const Machine& machine, const std::string& state_path) {
  auto state = TRY(machine.fs.make_dirs(state_path, 0700));
  auto file = TRY(state->open("lock", fs::Open::create));
  int64_t deadline = machine.clock.monotonic_ns() + kLockWait;
  while (true) {
    Status locked = file->try_lock();
    if (locked) return file;
    if (locked.error().code != Code::busy || machine.clock.monotonic_ns() > deadline)
      return fail(std::move(locked)
                      .error()
                      .in(tr("another run of aplomb works on this site"))
                      .then(tr("wait until it ends, then try again")));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace aplomb::archive
