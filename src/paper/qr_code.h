// QR codes (ISO/IEC 18004) as SVG, over libqrencode. Pure.
#pragma once

#include <string>
#include <string_view>

namespace aplomb::paper {

// One <svg> element for a page: black on white, with the quiet zone of four modules, error correction level
// Q. Capital letters, digits and blanks take the least room. At most 1000 characters; never more than the
// largest code holds.
std::string qr_svg(std::string_view text, std::string_view label);

}  // namespace aplomb::paper
