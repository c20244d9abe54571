#include "paper/qr_code.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

#include "base/result.h"
#include "base/text.h"

namespace aplomb::paper {
namespace {

constexpr int kQuietZone = 4;
constexpr size_t kTextMax = 1000;

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// Each run of dark modules of a row is one rectangle of a path.
std::string path(const QRcode& code) {
  std::string out;
  auto dark = [&](int x, int y) { return (code.data[y * code.width + x] & 1) != 0; };
  for (int y = 0; y < code.width; ++y)
    for (int x = 0; x < code.width; ++x) {
      if (!dark(x, y)) continue;
      const int start = x;
      while (x < code.width && dark(x, y)) ++x;
      out += fmt::format("M{} {}h{}v1h-{}z", start + kQuietZone, y + kQuietZone, x - start, x - start);
    }
  return out;
}

}  // namespace

std::string qr_svg(std::string_view text, std::string_view label) {
  APLOMB_CHECK(!text.empty() && text.size() <= kTextMax && text.find('\0') == text.npos);
  const std::unique_ptr<QRcode, Free> code(
      QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_Q, QR_MODE_8, 1));
  APLOMB_CHECK(code);  // only without memory, for a text of this size
  const int width = code->width + 2 * kQuietZone;
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" role=\"img\" aria-label=\"{1}\" "
      "shape-rendering=\"crispEdges\"><rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/><path "
      "d=\"{2}\"/></svg>\n",
      width, escape_html(label), path(*code));
}

}  // namespace aplomb::paper
