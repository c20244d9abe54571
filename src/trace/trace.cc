#include "trace/trace.h"

#include <algorithm>

#include "base/messages.h"
#include "base/parallel.h"
#include "trace/unpack_child.h"

namespace aplomb::trace {
namespace {

// Of one file, after the first pass.
struct FileResult {
  Traces traces;
  Rhythm rhythm;
  ReadLog told;
  bool web = false;
  std::optional<Error> problem;
};

template <typename Pass>
std::optional<Error> read_file_through(const LogFile& file, const BeginUnpack& begin_unpack, Pass& pass,
                                       ReadLog& told) {
  auto source = file.open();
  if (!source) return std::move(source).error();
  LineParser parser(file.written);
  auto visit = [&](uint64_t number, std::string_view text) {
    if (pass.may_concern(text)) pass.see(parser.parse(text), number);
    return true;
  };
  Status read = read_lines(*source, begin_unpack, visit, told);
  if (!read) return std::move(read).error();
  return std::nullopt;
}

class Tracing {
 public:
  Tracing(TraceRequest request, Progress& progress) : request_(std::move(request)), progress_(progress) {}

  Trace run() {
    trace_.suspects = request_.suspects;
    trace_.gaps = request_.logs.gaps;
    first_pass();
    find_silences();
    second_pass();
    trace_.entries = decide(request_.suspects, evidence_);
    keep_what_concerns();
    return std::move(trace_);
  }

 private:
  const std::vector<LogFile>& files() const { return request_.logs.files; }

  void first_pass() {
    const SuspectIndex index(request_.suspects, request_.labels);
    std::vector<FileResult> results(files().size());
    (void)parallel_for(files().size(), request_.workers, [&](size_t i) -> Status {
      FirstPass pass(request_.suspects, index, files()[i].path);
      results[i].problem = read_file_through(files()[i], children_.beginner(), pass, results[i].told);
      results[i].web = pass.saw_requests();
      requests_of_[i] = pass.requests();
      results[i].traces = pass.take();
      results[i].rhythm = pass.take_rhythm();
      progress_.advance(files()[i].size);
      return {};
    });
    evidence_.traces.uses.resize(request_.suspects.size());
    evidence_.may_be_packaged = request_.may_be_packaged;
    for (size_t i = 0; i < results.size(); ++i) add(files()[i], std::move(results[i]), requests_of_[i]);
  }

  void add(const LogFile& file, FileResult&& result, uint64_t requests) {
    trace_.read.push_back(file.path);
    trace_.lines += result.told.lines;
    trace_.bytes += result.told.bytes;
    evidence_.requests += requests;
    if (result.problem) {
      const Error& error = *result.problem;
      const bool opened = result.told.lines > 0 || error.code == Code::corrupt || error.code == Code::limit;
      gap(opened ? "damaged" : "unreadable", file.path,
          {opened ? tr_later("it cannot be read to its end: {}") : tr_later("it cannot be read: {}"),
           {error.what}});
    }
    if (result.told.zero_bytes > 0)
      gap("zeros", file.path,
          {tr_later("{} bytes of zeros stand in it: it was cut while it was written to, and what stood there "
                    "is gone"),
           {std::to_string(result.told.zero_bytes)}});
    evidence_.traces.append(std::move(result.traces));
    if (evidence_.series.empty() || evidence_.series.back().name != file.series)
      evidence_.series.push_back({file.series, false, {}, {}});
    Series& series = evidence_.series.back();
    series.web = series.web || result.web;
    series.rhythm.append(result.rhythm);
  }

  void gap(const char* kind, const std::string& log, Reason why) {
    trace_.gaps.push_back({kind, log, std::nullopt, std::nullopt, std::move(why)});
  }

  void find_silences() {
    bool web = false;
    for (Series& series : evidence_.series) {
      web = web || series.web;
      if (!series.web) continue;
      series.holes = series.rhythm.holes();
      for (const Silence& hole : series.holes)
        trace_.gaps.push_back(
            {"silence",
             series.name,
             hole.from,
             hole.to,
             {tr_later("nothing was written in it from {} to {}, although it usually is at that "
                       "time: lines were erased, or the server was off"),
              {to_local(hole.from), to_local(hole.to)}}});
    }
    if (!web)
      gap("no-logs", "", {tr_later("no access log of the web server was found or could be read"), {}});
    if (evidence_.traces.overflow)
      gap("too-much", "", {tr_later("more happened around the changes than is looked at"), {}});
  }

  void second_pass() {
    const auto watched = addresses_to_watch(request_.suspects, evidence_.traces);
    if (watched.empty()) return;
    Time from{INT64_MAX}, to{0};
    for (const Suspect& suspect : request_.suspects) {
      from = std::min(from, Time{suspect.not_before.value_or(suspect.seen).ns - kDay});
      if (suspect.changed) from = std::min(from, Time{suspect.changed->ns - kDay});
      to = std::max(to, suspect.seen);
    }
    const SuspectIndex index(request_.suspects, request_.labels);
    std::vector<Addresses> results(files().size());
    (void)parallel_for(files().size(), request_.workers, [&](size_t i) -> Status {
      if (requests_of_[i] == 0) return {};
      SecondPass pass(index, watched, from, to, files()[i].path);
      ReadLog told;
      (void)read_file_through(files()[i], children_.beginner(), pass, told);
      results[i] = pass.take();
      return {};
    });
    for (Addresses& result : results)
      for (auto& [address, facts] : result) evidence_.addresses[address].append(std::move(facts));
  }

  void keep_what_concerns() {
    std::set<std::string> shown;
    for (const EntryPoint& entry : trace_.entries) {
      if (entry.made_by) shown.insert(entry.made_by->address);
      if (entry.first_use) shown.insert(entry.first_use->address);
    }
    for (auto& [address, facts] : evidence_.addresses)
      if (!address.empty() && shown.contains(address)) trace_.addresses.emplace(address, std::move(facts));
    trace_.dumps = std::move(evidence_.traces.dumps);
    trace_.requests = evidence_.requests;
  }

  TraceRequest request_;
  Progress& progress_;
  UnpackChildren children_;
  std::vector<uint64_t> requests_of_ = std::vector<uint64_t>(request_.logs.files.size());
  Evidence evidence_;
  Trace trace_;
};

}  // namespace

Trace trace(TraceRequest request, Progress& progress) {
  return Tracing(std::move(request), progress).run();
}

}  // namespace aplomb::trace
