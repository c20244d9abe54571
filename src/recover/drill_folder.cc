#include "recover/drill_folder.h"

#include "base/messages.h"
#include "site/paths.h"

namespace aplomb::recover {
namespace {

constexpr char kNote[] = "drill-folder";  // of the state: the path of the folder that is in use
constexpr char kPrefix[] = "aplomb-drill-";
constexpr uint64_t kNoteMax = 8192;

// A folder that nobody may write into, as the site has some, keeps an ordinary user from removing its
// entries.
void open_up(fs::Dir& dir, unsigned depth) {
  constexpr unsigned kDepthMax = 400;
  auto entries = dir.list();
  if (!entries || depth > kDepthMax) return;
  for (const fs::Entry& entry : *entries) {
    if (entry.type != fs::FileType::directory) continue;
    (void)dir.set_mode(entry.name, 0700);
    if (auto below = dir.open_dir(entry.name)) open_up(**below, depth + 1);
  }
}

Status remove_folder(fs::Fs& fs, const std::string& path) {
  auto [parent, name] = fs::split_path(path);
  auto dir = fs.open_dir(parent.empty() ? "/" : parent);
  if (!dir) return dir.error().code == Code::not_found ? Status() : fail(std::move(dir).error());
  (void)(*dir)->set_mode(name, 0700);
  if (auto top = (*dir)->open_dir(name)) open_up(**top, 0);
  TRY(fs::remove_tree(**dir, name));
  return (*dir)->sync();
}

}  // namespace

Result<bool> remove_left_drill(fs::Fs& fs, const std::string& site_state) {
  auto state = TRY(fs.open_dir(site_state));
  auto note = fs::read_file(*state, kNote, kNoteMax);
  if (!note && note.error().code == Code::not_found) return false;
  if (!note) return fail(std::move(note).error());
  const std::string path(as_text(*note));
  // The name says that it is one of ours: a damaged note removes nothing else.
  bool ours = path.starts_with('/') && fs::split_path(path).second.starts_with(kPrefix);
  if (ours) TRY_IN(remove_folder(fs, path), tr("what an earlier drill left cannot be removed"));
  TRY(state->remove(kNote));
  TRY(state->sync());
  return ours;
}

Result<std::unique_ptr<DrillFolder>> DrillFolder::create(const archive::Machine& machine,
                                                         const std::string& site_state,
                                                         const std::string& place) {
  auto state = TRY(machine.fs.make_dirs(site_state, 0700));
  if (TRY(remove_left_drill(machine.fs, site_state)))
    machine.log.info(tr("what a drill that was interrupted had left is removed"));
  std::array<uint8_t, 8> bytes;
  machine.random.fill(bytes);
  const std::string path = place + "/" + kPrefix + to_hex(bytes);
  TRY(fs::write_file_durably(*state, kNote, as_bytes(path)));
  std::unique_ptr<DrillFolder> folder(new DrillFolder(machine.fs, machine.log, site_state, path));
  TRY_IN(machine.fs.make_dirs(path, 0700), tr("the folder of the drill cannot be made"));
  TRY(machine.fs.make_dirs(folder->root(), 0755));
  return folder;
}

Status DrillFolder::remove() {
  if (removed_) return {};
  removed_ = true;
  TRY(remove_left_drill(fs_, site_state_));
  return {};
}

DrillFolder::~DrillFolder() {
  if (Status gone = remove(); !gone)
    log_.warn(tr("the folder of the drill could not be removed, the next drill tries again: {}",
                 gone.error().what));
}

}  // namespace aplomb::recover
