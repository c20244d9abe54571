#include "recover/switch_plan.h"

#include <optional>
#include <ranges>
#include <set>

#include "archive/restore.h"
#include "base/messages.h"

namespace aplomb::recover {
namespace {

constexpr uint8_t kPlanVersion = 0;
constexpr uint64_t kPathMax = 1 << 20, kCountMax = 1 << 26;

struct OpenArea {
  std::unique_ptr<fs::Dir> target, staging;
};

Result<std::vector<OpenArea>> open_areas(fs::Fs& fs, const SwitchPlan& plan) {
  std::vector<OpenArea> areas;
  for (const Area& area : plan.areas) {
    OpenArea open;
    open.target = TRY(fs::open_dir_without_links(fs, area.target));
    open.staging = TRY_IN(fs::open_dir_without_links(fs, area.staging), tr("the prepared files are gone"));
    areas.push_back(std::move(open));
  }
  return areas;
}

std::string new_name(const Move& move) {
  return "new/" + std::to_string(move.slot);
}
std::string old_name(const Move& move) {
  return "old/" + std::to_string(move.slot);
}
// Says that there was nothing to remove, so that an undo takes away what came there later.
std::string nothing_name(const Move& move) {
  return old_name(move) + ".nothing";
}

// A disk that does not answer is an error: taken for "it is not there", a move would count as done.
Result<std::optional<fs::Stat>> look(fs::Dir& dir, const std::string& path) {
  auto stat = dir.stat(path);
  if (stat) return std::optional(*stat);
  if (stat.error().code == Code::not_found || stat.error().sys_errno == ENOTDIR)
    return std::optional<fs::Stat>();
  return fail(std::move(stat).error());
}
Result<bool> there(fs::Dir& dir, const std::string& path) {
  return TRY(look(dir, path)).has_value();
}

// Moves target/path to `place` in the staging folder. What is found there a second time (an intruder was
// quick, or the site wrote it anew after a crash) goes beside it.
Status take_away(OpenArea& area, const std::string& path, const std::string& place) {
  if (!TRY(there(*area.target, path))) return {};
  std::string free = place;
  for (int i = 2; TRY(there(*area.staging, free)); ++i) free = place + "." + std::to_string(i);
  return area.target->rename(path, *area.staging, free, fs::Replace::no);
}

// A folder that went meanwhile is made again for what belongs in it.
Status need_parent(OpenArea& area, const std::string& path) {
  std::string parent = fs::split_path(path).first;
  return TRY(there(*area.target, parent)) ? Status() : fs::make_dirs(*area.target, parent, 0755);
}

Status bring(OpenArea& area, const std::string& from, const std::string& path) {
  TRY(need_parent(area, path));
  return area.staging->rename(from, *area.target, path, fs::Replace::no);
}

// old/SLOT returns to its place, whatever came there meanwhile.
Status give_back(OpenArea& area, const Move& move) {
  if (!TRY(there(*area.staging, old_name(move)))) return {};
  TRY(take_away(area, move.path, new_name(move)));
  return bring(area, old_name(move), move.path);
}

// Durable before anything is moved into it: a loss of power that drops the folder would drop those files too.
Status make_folder(OpenArea& area, const std::string& path) {
  TRY(need_parent(area, path));
  TRY(area.target->make_dir(path, 0700));
  return TRY(area.target->open_dir(fs::split_path(path).first))->sync();
}

// Not empty any more: something was written meanwhile, and stays.
Status remove_folder(OpenArea& area, const std::string& path) {
  Status removed = area.target->remove_dir(path);
  return removed || removed.error().sys_errno == ENOTEMPTY ? Status() : removed;
}

Status apply(OpenArea& area, const vault::Node& node, const std::string& path) {
  std::vector<archive::Skipped> problems;
  return archive::apply_attributes(*area.target, path, node, problems);
}

// Where a later move puts something: what a second run finds there is that, not what was to go.
using Made = std::set<std::pair<uint32_t, std::string>>;

Made made_by(const SwitchPlan& plan) {
  Made made;
  for (const Move& move : plan.moves)
    if (move.kind == MoveKind::put || move.kind == MoveKind::make_dir) made.emplace(move.area, move.path);
  return made;
}

Status do_move(OpenArea& area, const Move& move, const Made& made) {
  auto now = TRY(look(*area.target, move.path));
  bool folder = now && now->type == fs::FileType::directory;
  bool comes_later = made.contains({move.area, move.path});
  switch (move.kind) {
    case MoveKind::put:
      // Once new/SLOT is gone, it is in its place.
      if (!TRY(there(*area.staging, new_name(move)))) return {};
      TRY(take_away(area, move.path, old_name(move)));
      return bring(area, new_name(move), move.path);
    case MoveKind::remove: {
      bool known = TRY(there(*area.staging, old_name(move))) || TRY(there(*area.staging, nothing_name(move)));
      if (now) return known && comes_later ? Status() : take_away(area, move.path, old_name(move));
      return known ? Status() : area.staging->make_dir(nothing_name(move), 0700);
    }
    case MoveKind::make_dir:
      if (!folder) {
        TRY(take_away(area, move.path, old_name(move)));
        TRY(make_folder(area, move.path));
      }
      return apply(area, move.node, move.path);
    case MoveKind::remove_dir:
      if (folder) return remove_folder(area, move.path);
      return comes_later ? Status() : take_away(area, move.path, old_name(move));
    case MoveKind::attributes:
      return folder ? apply(area, move.node, move.path) : Status();
  }
  return {};
}

Status undo_move(OpenArea& area, const Move& move) {
  auto now = TRY(look(*area.target, move.path));
  bool folder = now && now->type == fs::FileType::directory;
  bool was_folder = move.existed && move.before.is_dir();
  switch (move.kind) {
    case MoveKind::put: {
      // What stood there is still there, or is back: whatever became of new/SLOT, there is nothing to undo.
      bool original = now && move.existed && move.before.inode != 0 && now->inode == move.before.inode;
      if (original) return {};
      if (!TRY(there(*area.staging, new_name(move)))) TRY(take_away(area, move.path, new_name(move)));
      return give_back(area, move);
    }
    case MoveKind::remove:
      if (TRY(there(*area.staging, nothing_name(move)))) return take_away(area, move.path, new_name(move));
      return give_back(area, move);
    case MoveKind::make_dir:
      if (was_folder) return folder ? apply(area, move.before, move.path) : Status();
      if (folder) TRY(remove_folder(area, move.path));
      return give_back(area, move);
    case MoveKind::remove_dir:
      if (!was_folder) return {};
      if (!folder) {
        TRY(take_away(area, move.path, new_name(move)));
        TRY(make_folder(area, move.path));
      }
      return apply(area, move.before, move.path);
    case MoveKind::attributes:
      return was_folder && folder ? apply(area, move.before, move.path) : Status();
  }
  return {};
}

// All folders in which names or attributes changed are durable.
Status sync_folders(std::vector<OpenArea>& areas, const SwitchPlan& plan) {
  std::set<std::pair<uint32_t, std::string>> folders;
  for (const Move& move : plan.moves) {
    folders.emplace(move.area, fs::split_path(move.path).first);
    if (move.kind != MoveKind::put && move.kind != MoveKind::remove) folders.emplace(move.area, move.path);
  }
  for (const auto& [area, path] : folders) {
    auto now = TRY(look(*areas[area].target, path));
    if (now && now->type == fs::FileType::directory) TRY(TRY(areas[area].target->open_dir(path))->sync());
  }
  for (OpenArea& area : areas) {
    for (const char* part : {"new", "old"}) TRY(TRY(area.staging->open_dir(part))->sync());
  }
  return {};
}

void encode(ByteWriter& writer, const Move& move) {
  writer.u8(static_cast<uint8_t>(move.kind));
  writer.u32(move.area);
  writer.u64(move.slot);
  writer.text(move.path);
  writer.u8(move.existed ? 1 : 0);
  vault::encode(writer, move.node);
  vault::encode(writer, move.before);
}

Result<Move> decode_move(ByteReader& reader, size_t area_count) {
  Move move;
  uint8_t kind = TRY(reader.u8());
  if (kind > static_cast<uint8_t>(MoveKind::attributes))
    return fail(Code::corrupt, tr("the recovery's plan is damaged"));
  move.kind = static_cast<MoveKind>(kind);
  move.area = TRY(reader.u32());
  if (move.area >= area_count) return fail(Code::corrupt, tr("the recovery's plan is damaged"));
  move.slot = TRY(reader.u64());
  move.path = TRY(reader.text(kPathMax));
  move.existed = TRY(reader.u8()) != 0;
  move.node = TRY(vault::decode_node(reader));
  move.before = TRY(vault::decode_node(reader));
  return move;
}

}  // namespace

Bytes encode(const SwitchPlan& plan) {
  ByteWriter writer;
  writer.u8(kPlanVersion);
  writer.varint(plan.areas.size());
  for (const Area& area : plan.areas) {
    writer.text(area.target);
    writer.text(area.staging);
  }
  writer.varint(plan.moves.size());
  for (const Move& move : plan.moves) encode(writer, move);
  writer.varint(plan.folders.size());
  for (const SwitchPlan::FolderTime& folder : plan.folders) {
    writer.u32(folder.area);
    writer.text(folder.path);
    writer.i64(folder.mtime_ns);
  }
  auto hash = crypto::sha256(writer.view());
  writer.id(hash);
  return writer.take();
}

Result<SwitchPlan> decode_switch_plan(ByteView bytes) {
  if (bytes.size() < Sha256::kSize) return fail(Code::corrupt, tr("the recovery's plan is damaged"));
  ByteView covered = bytes.first(bytes.size() - Sha256::kSize);
  ByteReader tail(bytes.subspan(covered.size()));
  if (TRY(tail.id<Sha256>()) != crypto::sha256(covered))
    return fail(Code::corrupt, tr("the recovery's plan is damaged"));
  ByteReader reader(covered);
  if (TRY(reader.u8()) != kPlanVersion)
    return fail(Code::unsupported, tr("the recovery was begun by a newer Aplomb"));
  SwitchPlan plan;
  auto count = [&]() -> Result<uint64_t> {
    uint64_t value = TRY(reader.varint());
    if (value > kCountMax || value > reader.remaining())
      return fail(Code::corrupt, tr("the recovery's plan is damaged"));
    return value;
  };
  for (uint64_t left = TRY(count()); left > 0; --left) {
    Area area;
    area.target = TRY(reader.text(kPathMax));
    area.staging = TRY(reader.text(kPathMax));
    plan.areas.push_back(std::move(area));
  }
  for (uint64_t left = TRY(count()); left > 0; --left)
    plan.moves.push_back(TRY(decode_move(reader, plan.areas.size())));
  for (uint64_t left = TRY(count()); left > 0; --left) {
    SwitchPlan::FolderTime folder;
    folder.area = TRY(reader.u32());
    if (folder.area >= plan.areas.size()) return fail(Code::corrupt, tr("the recovery's plan is damaged"));
    folder.path = TRY(reader.text(kPathMax));
    folder.mtime_ns = TRY(reader.i64());
    plan.folders.push_back(std::move(folder));
  }
  TRY(reader.finish());
  return plan;
}

Status carry_out(fs::Fs& fs, const SwitchPlan& plan) {
  std::vector<OpenArea> areas = TRY(open_areas(fs, plan));
  const Made made = made_by(plan);
  for (const Move& move : plan.moves) {
    Status done = do_move(areas[move.area], move, made);
    if (!done) return fail(std::move(done).error().at(plan.areas[move.area].target + "/" + move.path));
  }
  return sync_folders(areas, plan);
}

Status take_back(fs::Fs& fs, const SwitchPlan& plan) {
  std::vector<OpenArea> areas = TRY(open_areas(fs, plan));
  for (const Move& move : std::views::reverse(plan.moves)) {
    Status done = undo_move(areas[move.area], move);
    if (!done) return fail(std::move(done).error().at(plan.areas[move.area].target + "/" + move.path));
  }
  for (const SwitchPlan::FolderTime& folder : plan.folders)
    if (TRY(there(*areas[folder.area].target, folder.path)))
      TRY(areas[folder.area].target->set_mtime(folder.path, folder.mtime_ns));
  TRY(sync_folders(areas, plan));
  // Only now: without the mark, a second run leaves alone what a reopened site writes there.
  for (const Move& move : plan.moves)
    if (move.kind == MoveKind::remove && TRY(there(*areas[move.area].staging, nothing_name(move))))
      TRY(areas[move.area].staging->remove_dir(nothing_name(move)));
  return sync_folders(areas, plan);
}

Status remove_staging(fs::Fs& fs, const SwitchPlan& plan) {
  for (const Area& area : plan.areas) {
    auto [parent, name] = fs::split_path(area.staging);
    auto dir = fs.open_dir(parent.empty() ? "/" : parent);
    if (dir) TRY(fs::remove_tree(**dir, name));
  }
  return {};
}

}  // namespace aplomb::recover
