import CollapseCore
import Networks

/// What lies under a window at each of its places on a map with its channels innermost.
struct Patches {
  let window: Window
  let channels: Int
  let height: Int
  let width: Int
  let rows: Int
  let columns: Int

  init(_ window: Window, on map: Shape, places: Shape) {
    self.window = window
    (channels, height, width) = (map[0], map[1], map[2])
    (rows, columns) = (places[1], places[2])
  }

  /// Places of the window.
  var places: Int { rows * columns }
  var pixels: Int { height * width }
  var inputCount: Int { pixels * channels }
  /// Numbers under the window.
  var depth: Int { window.kernel[0] * window.kernel[1] * channels }
  /// Whether the patches are the pixels themselves.
  var isIdentity: Bool {
    window.kernel == [1, 1] && window.stride == [1, 1] && window.padding == [0, 0]
  }

  /// Doubles of patches that are made at a time: what a processor's cache has room for.
  private static let chunk = 1 << 17

  func forEachChunk(
    samples: Int, _ body: (UnsafeMutablePointer<Double>, _ sample: Int, _ samples: Int) -> Void
  ) {
    let each = max(1, min(samples, Patches.chunk / max(1, places * depth)))
    let chunk = Rows(each * places, depth)
    for first in stride(from: 0, to: samples, by: each) {
      body(chunk.base, first, min(each, samples - first))
    }
  }

  /// Where rows of the window meet the map: for each place and row of the window the target in the
  /// patch, the source on the map, and how many numbers lie side by side.
  private func forEachRun(
    _ body: (_ patch: Int, _ map: Int?, _ outside: (Int, Int), _ count: Int) -> Void
  ) {
    let run = window.kernel[1] * channels
    for row in 0..<rows {
      for column in 0..<columns {
        let left = column * window.stride[1] - window.padding[1]
        let before = min(max(0, -left), window.kernel[1])
        let after = min(max(0, left + window.kernel[1] - width), window.kernel[1] - before)
        let inside = (window.kernel[1] - before - after) * channels
        for kernelRow in 0..<window.kernel[0] {
          let y = row * window.stride[0] + kernelRow - window.padding[0]
          let patch = ((row * columns + column) * window.kernel[0] + kernelRow) * run
          if y < 0 || y >= height || inside == 0 {
            body(patch, nil, (run, 0), 0)
          } else {
            body(
              patch, (y * width + left + before) * channels,
              (before * channels, after * channels), inside)
          }
        }
      }
    }
  }

  /// Writes the patches of samples; outside the map are zeros.
  func gather(
    _ map: UnsafePointer<Double>, samples: Int, into patches: UnsafeMutablePointer<Double>
  ) {
    for sample in 0..<samples {
      let source = map + sample * inputCount
      let target = patches + sample * places * depth
      forEachRun { patch, place, outside, count in
        let start = target + patch
        start.update(repeating: 0, count: outside.0)
        guard let place else { return }
        (start + outside.0).update(from: source + place, count: count)
        (start + outside.0 + count).update(repeating: 0, count: outside.1)
      }
    }
  }

  /// Adds patches to where they were gathered from.
  func scatter(
    _ patches: UnsafePointer<Double>, samples: Int, to map: UnsafeMutablePointer<Double>
  ) {
    for sample in 0..<samples {
      let target = map + sample * inputCount
      let source = patches + sample * places * depth
      forEachRun { patch, place, outside, count in
        guard let place else { return }
        let (from, to) = (source + patch + outside.0, target + place)
        for index in 0..<count { to[index] += from[index] }
      }
    }
  }
}
