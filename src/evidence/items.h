// What is sealed beside the site and the volatile state, the most fleeting first (RFC 3227 section 2.1): the
// programs of processes, also when their file was deleted, and their memory maps; what lies in temporary
// folders and can be executed; what starts by itself; who may come in; the configuration of web server and
// PHP; the logs; the packages. An item knows how to open what it stands for and holds no descriptor
// meanwhile, except of a program that would be gone; the snapshot reads one after the other into the vault.
// Bounded in number and size; what is left out is said. Shadow files, private keys and the environment of
// processes are left out on purpose: they hold passwords.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fs/fs.h"

namespace aplomb::evidence {

// Numbers of exhibits. 1 is the site, 2 the volatile state; what people add by hand begins at 20.
enum class Exhibit : uint8_t {
  processes = 3,
  temporary = 4,
  persistence = 5,
  configuration = 6,
  logs = 7,
  packages = 8
};
constexpr int kFirstByHand = 20;
// Exhibits are kept as documents of the snapshot under this and their path.
constexpr char kExhibitPage[] = "exhibit:";

struct Item {
  Exhibit exhibit = Exhibit::processes;
  std::string path;    // within the exhibit: "812-php.exe", "etc/crontab"
  std::string source;  // "/proc/812/exe (deleted)"
  std::string how;     // "copied", "read"
  fs::Stat stat;       // when it was listed
  std::function<Result<std::unique_ptr<fs::File>>()> open;
  bool cut = false;  // its end alone
};

struct LeftOut {
  std::string what, why;
};

class Items {
 public:
  // To be called before anything is stopped: a program that ends takes its deleted file with it. Programs are
  // held open from here on, each once however many processes run it. What the time does not do for is said.
  void hold_processes(const std::vector<std::string>& roots, const Clock& clock, int64_t budget_ms);
  // The rest. `skip`: folders that are elsewhere in the evidence, or Aplomb's own. `top` stands for "/" in
  // tests. `fs` must live as long as the items.
  void list_machine(fs::Fs& fs, const std::vector<std::string>& skip, const std::string& top = "");
  // Log files, the most important first: what fits is taken.
  void add_logs(fs::Fs& fs, const std::vector<std::string>& paths, const std::string& top = "");

  std::vector<Item> take();  // in the order of their exhibits, no two with the same path
  const std::vector<LeftOut>& left_out() const { return left_out_; }

  // For those who look: an item that fits, or a word on why it is left out.
  void add(Item item);
  void leave_out(const std::string& what, const std::string& why);

 private:
  // False when there is no room of this exhibit.
  bool room(Exhibit exhibit, uint64_t size);

  std::vector<Item> items_;
  std::vector<LeftOut> left_out_;
  struct Used {
    uint64_t bytes = 0, count = 0;
  };
  Used used_[9];
};

struct Taken {
  Bytes bytes;
  fs::Stat stat;               // of the file that was read
  bool another_state = false;  // than the one that was listed, or it changed while it was read
};
// As much of it as it had when it was listed, and of a longer one than an exhibit takes, the end.
// Code::refused for a file that holds a private key.
Result<Taken> read_item(const Item& item);

// A file whose bytes are in memory, for reading.
std::unique_ptr<fs::File> file_of(std::string bytes, Time time);
// An item of bytes that are here already.
Item item_of(Exhibit exhibit, std::string path, std::string source, std::string how, std::string bytes,
             Time time);

}  // namespace aplomb::evidence
