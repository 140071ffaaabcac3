import CollapseCore
import Networks

/// The largest number under a window; along a direction the one that was largest.
final class MaxPoolingLayer: PiecewiseLinearLayer {
  private let patches: Patches
  /// Of each number put out, where it stands on the sample's map.
  private var sources: [Int32] = []

  init(_ patches: Patches) { self.patches = patches }

  func forward(_ x: Rows, _ pass: Pass) -> Rows {
    let samples = x.rows / patches.pixels
    let (channels, window) = (patches.channels, patches.window)
    sources = Array(repeating: 0, count: samples * patches.places * channels)
    var target = 0
    for sample in 0..<samples {
      let map = x.base + sample * patches.inputCount
      for row in 0..<patches.rows {
        let top = row * window.stride[0] - window.padding[0]
        for column in 0..<patches.columns {
          let left = column * window.stride[1] - window.padding[1]
          for channel in 0..<channels {
            var best = -1
            for y in max(0, top)..<min(patches.height, top + window.kernel[0]) {
              for at in max(0, left)..<min(patches.width, left + window.kernel[1]) {
                let place = (y * patches.width + at) * channels + channel
                // The first of equal ones, in the order in which others look.
                if best < 0 || map[place] > map[best] { best = place }
              }
            }
            sources[target] = Int32(best)
            target += 1
          }
        }
      }
    }
    return derivative(x)
  }

  func derivative(_ tangent: Rows) -> Rows {
    let samples = tangent.rows / patches.pixels
    let result = Rows(samples * patches.places, patches.channels)
    let each = patches.places * patches.channels
    for sample in 0..<samples {
      let map = tangent.base + sample * patches.inputCount
      for index in 0..<each {
        result.base[sample * each + index] = map[Int(sources[sample * each + index])]
      }
    }
    return result
  }

  func transposedDerivative(_ cotangent: Rows) -> Rows {
    let samples = cotangent.rows / patches.places
    let result = Rows(zeros: samples * patches.pixels, patches.channels)
    let each = patches.places * patches.channels
    for sample in 0..<samples {
      let map = result.base + sample * patches.inputCount
      for index in 0..<each {
        map[Int(sources[sample * each + index])] += cotangent.base[sample * each + index]
      }
    }
    return result
  }
}

/// The mean under a window, zeros around the map counted; with the whole map for a window, the
/// global mean.
final class AveragePoolingLayer: PiecewiseLinearLayer {
  private let patches: Patches

  init(_ patches: Patches) { self.patches = patches }

  func forward(_ x: Rows, _ pass: Pass) -> Rows { derivative(x) }

  func derivative(_ tangent: Rows) -> Rows {
    let samples = tangent.rows / patches.pixels
    let result = Rows(zeros: samples * patches.places, patches.channels)
    forEachPair(samples) { place, pixel in
      let (target, source) = (result.base + place, tangent.base + pixel)
      for channel in 0..<patches.channels { target[channel] += share * source[channel] }
    }
    return result
  }

  func transposedDerivative(_ cotangent: Rows) -> Rows {
    let samples = cotangent.rows / patches.places
    let result = Rows(zeros: samples * patches.pixels, patches.channels)
    forEachPair(samples) { place, pixel in
      let (target, source) = (result.base + pixel, cotangent.base + place)
      for channel in 0..<patches.channels { target[channel] += share * source[channel] }
    }
    return result
  }

  private var share: Double { 1 / Double(patches.window.kernel[0] * patches.window.kernel[1]) }

  /// Each place with each pixel under the window there: where their channels begin.
  private func forEachPair(_ samples: Int, _ body: (_ place: Int, _ pixel: Int) -> Void) {
    let window = patches.window
    for sample in 0..<samples {
      for row in 0..<patches.rows {
        let top = row * window.stride[0] - window.padding[0]
        for column in 0..<patches.columns {
          let left = column * window.stride[1] - window.padding[1]
          let place = (sample * patches.places + row * patches.columns + column) * patches.channels
          for y in max(0, top)..<min(patches.height, top + window.kernel[0]) {
            for at in max(0, left)..<min(patches.width, left + window.kernel[1]) {
              body(place, (sample * patches.pixels + y * patches.width + at) * patches.channels)
            }
          }
        }
      }
    }
  }
}
