import CollapseCore
import Foundation

/// The colours of figures, for white paper and for a dark screen.
///
/// Kinds are told apart by the colours of Okabe & Ito (2008), ordered values by viridis (Smith &
/// van der Walt, 2015), both chosen for colour-blind readers; shapes repeat what colours say.
enum Palette {
  /// A colour on light and on dark ground.
  struct Ink: Hashable {
    /// The name of the CSS variable, without the hyphens before it.
    let name: String
    let light: Int
    let dark: Int

    /// For gnuplot.
    var rgb: String { "rgb '\(Palette.hex(light))'" }
  }

  /// For kinds: blue, vermilion, green, purple, sky, orange.
  static let kinds = [
    Ink(name: "kind-0", light: 0x0072b2, dark: 0x56b4e9),
    Ink(name: "kind-1", light: 0xd55e00, dark: 0xf08a3c),
    Ink(name: "kind-2", light: 0x009e73, dark: 0x2fc79b),
    Ink(name: "kind-3", light: 0xb0578f, dark: 0xe59cc6),
    Ink(name: "kind-4", light: 0x3a9bd1, dark: 0x8ccdf2),
    Ink(name: "kind-5", light: 0xc98b00, dark: 0xe69f00),
  ]

  /// The line of perfect collapse, and other things beside the data.
  static let ideal = Ink(name: "ideal", light: 0x6b7280, dark: 0x9ca3af)
  static let grid = Ink(name: "grid", light: 0xe2e5ea, dark: 0x363c45)

  /// gnuplot's filled shapes: disc, triangle, square, diamond, pentagon, triangle on its head.
  static let shapes = [7, 9, 5, 13, 15, 11]

  /// Kinds of batch normalization keep their colours, whichever of them a study has.
  private static let normalizations = ["all", "none", "last"]

  /// The colour of the value at `place` among `values`: in order for numbers, and for more words
  /// than there are colours for kinds.
  static func ink(_ place: Int, of values: [Condition.Value?], on axis: StudyAxis) -> Ink {
    if axis.isNumeric || values.count > kinds.count { return sequence(values.count)[place] }
    return kinds[fixedPlace(values[place], on: axis) ?? place]
  }

  /// gnuplot's shape of the value at `place` among `values`.
  static func shape(_ place: Int, of values: [Condition.Value?], on axis: StudyAxis) -> Int {
    shapes[(fixedPlace(values[place], on: axis) ?? place) % shapes.count]
  }

  private static func fixedPlace(_ value: Condition.Value?, on axis: StudyAxis) -> Int? {
    guard axis.name == Condition.Axis.normalization.name else { return nil }
    return normalizations.firstIndex { .word($0) == value }
  }

  /// `count` colours for ordered values, least to greatest.
  static func sequence(_ count: Int) -> [Ink] {
    guard count > 1 else { return Array(ordered.prefix(count)) }
    return (0..<count).map { ordered[$0 * (ordered.count - 1) / (count - 1)] }
  }

  /// Twelve steps of viridis. On white its pale end is darkened, hue kept, until every line stands
  /// out from paper; on dark it begins without its darkest part.
  static let ordered: [Ink] = (0..<12).map { step in
    let place = Double(step) / 11
    return Ink(
      name: "step-\(step)", light: darkened(viridis(0.9 * place), to: 0.28),
      dark: viridis(0.46 + 0.54 * place))
  }

  /// `colour` scaled down to the relative luminance `limit` where it is lighter: 0.28 stands out
  /// from white by more than 3:1 (WCAG 2.2).
  private static func darkened(_ colour: Int, to limit: Double) -> Int {
    let own = luminance(colour)
    guard own > limit else { return colour }
    let factor = pow(limit / own, 1 / 2.4)
    return [16, 8, 0].reduce(0) { result, shift in
      result | Int((Double(colour >> shift & 0xff) * factor).rounded(.down)) << shift
    }
  }

  /// Relative luminance of an sRGB colour, 0…1.
  private static func luminance(_ colour: Int) -> Double {
    zip([16, 8, 0], [0.2126, 0.7152, 0.0722]).reduce(0) { sum, part in
      let value = Double(colour >> part.0 & 0xff) / 255
      return sum + part.1 * (value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4))
    }
  }

  /// The inks that are no steps of viridis.
  static var apart: [Ink] { kinds + [ideal, grid] }

  /// Every ink that has a CSS variable.
  static var all: [Ink] { kinds + ordered + [ideal, grid] }

  /// viridis at `place` in 0…1.
  static func viridis(_ place: Double) -> Int {
    let position = min(max(place, 0), 1) * Double(stops.count - 1)
    let index = min(Int(position), stops.count - 2)
    let weight = position - Double(index)
    var colour = 0
    for shift in [16, 8, 0] {
      let from = Double(stops[index] >> shift & 0xff)
      let to = Double(stops[index + 1] >> shift & 0xff)
      colour |= Int((from + weight * (to - from)).rounded()) << shift
    }
    return colour
  }

  /// gnuplot's command for colour maps.
  static let mapCommand =
    "set palette defined ("
    + stops.enumerated().map { "\($0) '\(hex($1))'" }.joined(separator: ", ") + ")"

  /// `#rrggbb`.
  static func hex(_ colour: Int) -> String {
    "#" + Hexadecimal.word(UInt32(colour)).suffix(6)
  }

  private static let stops = [
    0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c,
    0xfde725,
  ]
}
