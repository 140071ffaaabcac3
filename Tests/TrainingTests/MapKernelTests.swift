import CMaps
import CollapseCore
import Testing

/// The functions on maps in blocks of 16 channels are for processors whose oneDNN has plain loops
/// for them; that they compute what the definition says is tested on every processor.
@Suite struct MapKernelTests {
  /// Samples, channels, height and width.
  struct Maps: CustomTestStringConvertible {
    let samples: Int
    let channels: Int
    let height: Int
    let width: Int

    var testDescription: String { "\(samples)×\(channels)×\(height)×\(width)" }
    var pixels: Int { height * width }
    var count: Int { samples * channels * pixels }

    func index(_ sample: Int, _ channel: Int, _ pixel: Int) -> Int {
      ((sample * (channels / 16) + channel / 16) * pixels + pixel) * 16 + channel % 16
    }
  }

  private static let shapes = [
    Maps(samples: 3, channels: 32, height: 5, width: 7),
    Maps(samples: 70, channels: 16, height: 1, width: 9),
    Maps(samples: 2, channels: 48, height: 40, width: 33),
  ]

  private func numbers(_ count: Int, seed: UInt64, center: Float = 0) -> AlignedBuffer {
    let buffer = AlignedBuffer(byteCount: count * 4)
    var state = seed
    for index in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      buffer.floats[index] = center + Float(state >> 40) / Float(1 << 23) - 1
    }
    return buffer
  }

  @Test(arguments: shapes, [false, true])
  func normalizationIsThatOfTheDefinition(_ size: Maps, _ rectifies: Bool) {
    var shape = cnormalization(
      samples: size.samples, channels: size.channels, pixels: size.pixels, epsilon: 1e-5,
      rectifies: rectifies ? 1 : 0)
    // far from zero: a difference of large sums would lose the variance
    let maps = numbers(size.count, seed: 1, center: 100)
    let gradients = numbers(size.count, seed: 2)
    let (scale, shift) = (numbers(size.channels, seed: 3), numbers(size.channels, seed: 4))
    let units = cnormalization_summing_units(&shape)
    let blocks = size.samples * size.channels / 16
    let partial = AlignedBuffer(byteCount: 8 * cnormalization_partial_count(&shape))
    let sums = partial.address.assumingMemoryBound(to: Double.self)
    let vectors = (0..<4).map { _ in AlignedBuffer(byteCount: 4 * size.channels) }
    let (mean, variance, byShift, byScale) = (vectors[0], vectors[1], vectors[2], vectors[3])
    let results = AlignedBuffer(byteCount: size.count * 4)
    let byMaps = AlignedBuffer(byteCount: size.count * 4)
    let factors = cnormalization_factors(
      scale: scale.floats.baseAddress, shift: shift.floats.baseAddress,
      mean: mean.floats.baseAddress, variance: variance.floats.baseAddress)

    // in two parts, as two threads would
    for part in [units / 2..<units, 0..<units / 2] {
      cnormalization_moments(
        &shape, maps.floats.baseAddress, part.lowerBound, part.upperBound, sums)
    }
    cnormalization_join_moments(
      &shape, sums, mean.floats.baseAddress, variance.floats.baseAddress)
    cnormalization_apply(
      &shape, maps.floats.baseAddress, factors, 0, blocks, results.floats.baseAddress)
    for part in [units / 3..<units, 0..<units / 3] {
      cnormalization_sums(
        &shape, maps.floats.baseAddress, gradients.floats.baseAddress, factors, part.lowerBound,
        part.upperBound, sums)
    }
    cnormalization_join_sums(
      &shape, sums, byShift.floats.baseAddress, byScale.floats.baseAddress)
    cnormalization_gradient(
      &shape, maps.floats.baseAddress, gradients.floats.baseAddress, factors,
      byShift.floats.baseAddress, byScale.floats.baseAddress, 0, blocks,
      byMaps.floats.baseAddress)

    var largest: [String: Double] = [:]
    func compare(_ what: String, _ found: Float, _ expected: Double, per unit: Double = 1) {
      largest[what] = max(largest[what] ?? 0, abs(Double(found) - expected) / unit)
    }
    let count = Double(size.samples * size.pixels)
    for channel in 0..<size.channels {
      let places = (0..<size.samples).flatMap { sample in
        (0..<size.pixels).map { size.index(sample, channel, $0) }
      }
      let x = places.map { Double(maps.floats[$0]) }
      let center = x.reduce(0, +) / count
      let spread = x.reduce(0) { $0 + ($1 - center) * ($1 - center) } / count
      compare("mean", mean.floats[channel], center, per: 100)
      compare("variance", variance.floats[channel], spread)
      let inverse = 1 / (spread + 1e-5).squareRoot()
      let (gamma, beta) = (Double(scale.floats[channel]), Double(shift.floats[channel]))
      let normalized = x.map { ($0 - center) * inverse }
      let y = normalized.map { gamma * $0 + beta }
      // what is so near zero may be rectified or not
      let isKept = y.map { !rectifies || $0 > 0 }
      let isUnclear = rectifies && y.contains { abs($0) < 1e-4 }
      for (place, value) in zip(places, y) {
        compare("result", results.floats[place], rectifies ? max(value, 0) : value)
      }
      if isUnclear { continue }
      let g = zip(places, isKept).map { $1 ? Double(gradients.floats[$0]) : 0 }
      let sum = g.reduce(0, +)
      let product = zip(g, normalized).reduce(0) { $0 + $1.0 * $1.1 }
      compare("by shift", byShift.floats[channel], sum, per: count.squareRoot())
      compare("by scale", byScale.floats[channel], product, per: count.squareRoot())
      for (index, place) in places.enumerated() {
        let expected =
          gamma * inverse * (g[index] - sum / count - normalized[index] * product / count)
        compare("by maps", byMaps.floats[place], expected)
      }
    }
    // x ≈ 100 is known to 4e-6, and divided by a spread of 0.6
    for (what, error) in largest { #expect(error < 4e-5, "\(what)") }
    #expect(largest.count == 6)
  }

  struct Windows: CustomTestStringConvertible {
    let window: (Int, Int)
    let stride: (Int, Int)
    let padding: (Int, Int)
    var testDescription: String { "\(window) stride \(stride) padding \(padding)" }
  }

  @Test(arguments: [
    Windows(window: (2, 2), stride: (2, 2), padding: (0, 0)),
    Windows(window: (3, 3), stride: (2, 2), padding: (1, 1)),
    Windows(window: (3, 2), stride: (1, 2), padding: (1, 0)),
    Windows(window: (9, 11), stride: (1, 1), padding: (0, 0)),
  ])
  func poolingIsThatOfTheDefinition(_ windows: Windows) {
    let size = Maps(samples: 2, channels: 32, height: 9, width: 11)
    let (window, stride, padding) = (windows.window, windows.stride, windows.padding)
    let result = Maps(
      samples: 2, channels: 32, height: (9 + 2 * padding.0 - window.0) / stride.0 + 1,
      width: (11 + 2 * padding.1 - window.1) / stride.1 + 1)
    var shape = cpooling(
      source_height: 9, source_width: 11, result_height: result.height,
      result_width: result.width, window_height: window.0, window_width: window.1,
      stride_down: stride.0, stride_across: stride.1, padding_down: padding.0,
      padding_across: padding.1)
    let maps = numbers(size.count, seed: 5)
    let gradients = numbers(result.count, seed: 6)
    let (largest, mean) = (
      AlignedBuffer(byteCount: result.count * 4), AlignedBuffer(byteCount: result.count * 4)
    )
    let winners = AlignedBuffer(byteCount: result.count)
    let places = winners.address.assumingMemoryBound(to: UInt8.self)
    let (byLargest, byMean) = (
      AlignedBuffer(byteCount: size.count * 4), AlignedBuffer(byteCount: size.count * 4)
    )
    let units = 4
    cpooling_largest(
      &shape, maps.floats.baseAddress, 0, units, largest.floats.baseAddress, places)
    cpooling_largest_gradient(
      &shape, gradients.floats.baseAddress, places, 0, units, byLargest.floats.baseAddress)
    cpooling_mean(&shape, maps.floats.baseAddress, 0, units, mean.floats.baseAddress)
    cpooling_mean_gradient(
      &shape, gradients.floats.baseAddress, 0, units, byMean.floats.baseAddress)

    var (expectedByLargest, expectedByMean) = (
      [Double](repeating: 0, count: size.count), [Double](repeating: 0, count: size.count)
    )
    var error = 0.0
    for sample in 0..<2 {
      for channel in 0..<32 {
        for pixel in 0..<result.pixels {
          let top = pixel / result.width * stride.0 - padding.0
          let left = pixel % result.width * stride.1 - padding.1
          let inside = (top..<top + window.0).filter { (0..<9).contains($0) }.flatMap { row in
            (left..<left + window.1).filter { (0..<11).contains($0) }.map {
              size.index(sample, channel, row * 11 + $0)
            }
          }
          let place = result.index(sample, channel, pixel)
          let gradient = Double(gradients.floats[place])
          let winner = inside.max { maps.floats[$0] < maps.floats[$1] }!
          error = max(error, Double(abs(largest.floats[place] - maps.floats[winner])))
          expectedByLargest[winner] += gradient
          let area = Double(window.0 * window.1)
          let average = inside.reduce(0) { $0 + Double(maps.floats[$1]) } / area
          error = max(error, abs(Double(mean.floats[place]) - average))
          for source in inside { expectedByMean[source] += gradient / area }
        }
      }
    }
    for index in 0..<size.count {
      error = max(error, abs(Double(byLargest.floats[index]) - expectedByLargest[index]))
      error = max(error, abs(Double(byMean.floats[index]) - expectedByMean[index]))
    }
    #expect(error < 2e-6)
  }

  @Test func whatIsNoNumberIsNotHidden() {
    var shape = cnormalization(samples: 1, channels: 16, pixels: 1, epsilon: 1e-5, rectifies: 1)
    let maps = numbers(16, seed: 7)
    maps.floats[3] = .nan
    let zeros = AlignedBuffer(byteCount: 64)
    let results = AlignedBuffer(byteCount: 64)
    cnormalization_apply(
      &shape, maps.floats.baseAddress,
      cnormalization_factors(
        scale: nil, shift: nil, mean: zeros.floats.baseAddress,
        variance: zeros.floats.baseAddress), 0, 1, results.floats.baseAddress)
    #expect(results.floats[3].isNaN)
    var window = cpooling(
      source_height: 1, source_width: 1, result_height: 1, result_width: 1, window_height: 1,
      window_width: 1, stride_down: 1, stride_across: 1, padding_down: 0, padding_across: 0)
    cpooling_largest(&window, maps.floats.baseAddress, 0, 1, results.floats.baseAddress, nil)
    #expect(results.floats[3].isNaN)
  }
}
