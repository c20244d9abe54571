// HTML and SVG: hidden frames from foreign hosts, links that no person sees, redirects, scripts whose source
// is decoded; the scripts, handlers and javascript: addresses in it go through javascript.h. Editors'
// ordinary markup (links, images, video frames) gives nothing.
#pragma once

#include "scan/html_scanner.h"
#include "scan/javascript.h"

namespace aplomb::scan {

void analyse_html(std::string_view text, const Layer& layer, ReportBuilder& report);

// Carries anything a browser runs or that sends the visitor elsewhere by itself: a script, a handler, a
// refresh, a javascript: address, a page within an attribute; a base address or a form with a password that
// belongs to a foreign host. Plain markup does not, nor does a frame or a style sheet: films, maps and fonts
// are content.
bool has_active_content(std::string_view text);

// An element that a person cannot see: off the screen, or of no size, or not displayed.
enum class Hiding : uint8_t { none, not_displayed, out_of_view };
Hiding hiding_of(const HtmlTag& tag);

}  // namespace aplomb::scan
