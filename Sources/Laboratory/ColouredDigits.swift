public import CollapseCore

/// Grey images in one of two colours, which tells their class more often than not, and of which the shape
/// tells it too.
///
/// Images of the first half of the classes are of sign 1, the others of −1, and some signs are flipped:
/// what the shape tells is right no more often than signs are kept. Of an image every second pixel of every
/// second row is taken, and stands in one of two channels while the other is zero. The channel is that of the sign,
/// but for a share of the images: where that share is small colour tells more than the shape, where it is large it
/// misleads. Of both shares as many images are taken as they say, to the nearest whole number, and not each by a
/// draw of its own; which ones is drawn.
///
/// Source: Arjovsky et al., arXiv 1907.02893, section 5.1.
public struct ColouredDigits: Sendable, Hashable {
  /// A row for each image: the pixels of the channel of sign −1 by rows, then those of sign 1, in 0…1.
  public let inputs: Matrix
  /// ±1, after flipping.
  public let signs: [Double]
  /// Whether each sign was flipped.
  public let isFlipped: [Bool]
  /// Whether each image is of the colour of the other sign.
  public let isMisled: [Bool]

  /// - Parameters:
  ///   - images: of one channel, of any size.
  ///   - flipped: the share of signs that are flipped.
  ///   - misled: the share of images that are of the other sign's colour.
  ///   - generator: draws which signs are flipped first: the same for any `misled`.
  public init(
    _ images: LabeledImages, flipped: Double, misled: Double, _ generator: inout SeededGenerator
  ) {
    precondition(images.channels == 1, "colours are given to grey images")
    func drawn(_ share: Double) -> [Bool] {
      let number = Int((min(max(share, 0), 1) * Double(images.count)).rounded())
      var marks = [Bool](repeating: false, count: images.count)
      for index in generator.permutation(images.count).prefix(number) { marks[index] = true }
      return marks
    }
    let (isFlipped, isMisled) = (drawn(flipped), drawn(misled))
    let half = images.classCount / 2
    let signs = images.labels.indices.map { index in
      (Int(images.labels[index]) < half) != isFlipped[index] ? 1.0 : -1
    }
    let (rows, columns) = ((images.height + 1) / 2, (images.width + 1) / 2)
    let plane = rows * columns
    var elements = [Double](repeating: 0, count: images.count * 2 * plane)
    for index in signs.indices {
      let channel = (signs[index] > 0) != isMisled[index] ? 1 : 0
      let source = index * images.height * images.width
      let target = (2 * index + channel) * plane
      for row in 0..<rows {
        for column in 0..<columns {
          elements[target + row * columns + column] =
            Double(images.pixels[source + 2 * row * images.width + 2 * column]) / 255
        }
      }
    }
    self.init(
      inputs: Matrix(rows: images.count, columns: 2 * plane, elements: elements), signs: signs,
      isFlipped: isFlipped, isMisled: isMisled)
  }

  private init(inputs: Matrix, signs: [Double], isFlipped: [Bool], isMisled: [Bool]) {
    self.inputs = inputs
    self.signs = signs
    self.isFlipped = isFlipped
    self.isMisled = isMisled
  }

  /// These and `others` after them.
  ///
  /// - Precondition: images of one size.
  public func joined(with others: ColouredDigits) -> ColouredDigits {
    precondition(inputs.columns == others.inputs.columns)
    return ColouredDigits(
      inputs: Matrix(
        rows: signs.count + others.signs.count, columns: inputs.columns,
        elements: inputs.elements + others.inputs.elements),
      signs: signs + others.signs, isFlipped: isFlipped + others.isFlipped,
      isMisled: isMisled + others.isMisled)
  }

  /// The share of outputs, one for each image, with its sign.
  public func accuracy(of outputs: Matrix) -> Double {
    let right = signs.indices.count { outputs.elements[$0] * signs[$0] > 0 }
    return Double(right) / Double(signs.count)
  }
}
