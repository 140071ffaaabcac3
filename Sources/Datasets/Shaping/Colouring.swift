public import CollapseCore

/// Colours for gray images that tell their labels most of the time: a feature that is easier to
/// learn than shape, and can be made to mislead.
///
/// There are as many colours as classes. An image of colour k becomes a map of C channels, of which
/// channel k holds it and all others zeros; with two classes these are the red and green of coloured
/// MNIST. Of n images ⌊p n⌉, drawn at random, have the colour of their label; the others have one of
/// the other C − 1, each as likely. Given several p, the images are divided at random into as many
/// equal parts, one for each: the environments of the experiment.
///
/// Labels are those after `merge` and `labelNoise`: a wrong label has, mostly, the colour of the
/// wrong label.
///
/// Source: Arjovsky et al., "Invariant Risk Minimization", 2019, section 5.2; Pezeshki et al.,
/// "Gradient Starvation", 2020.
public struct Colouring: Hashable, Sendable {
  /// p for each part of the images.
  public var agreement: [Double]

  /// Colours that agree with the labels of these shares of images, part by part.
  public init(agreement: [Double]) { self.agreement = agreement }

  /// A colour for each label.
  ///
  /// - Returns: the colours, and how many are those of the labels.
  func colours(
    of labels: [Int32], classCount: Int, _ draws: ShapingDraws
  ) -> (colours: [Int32], agreeing: Int) {
    var random = draws.generator("colour")
    let order = random.permutation(labels.count)
    var colours = labels
    var agreeing = labels.count
    for (part, share) in agreement.enumerated() {
      let bounds = (0...1).map { labels.count * (part + $0) / agreement.count }
      let members = order[bounds[0]..<bounds[1]]
      let wrong = members.count - Int((share * Double(members.count)).rounded())
      // The order is random already, so the first are as good as any.
      for index in members.prefix(wrong) {
        let other = Int32(random.index(below: classCount - 1))
        colours[index] = other < labels[index] ? other : other + 1
      }
      agreeing -= wrong
    }
    return (colours, agreeing)
  }
}

extension Colouring: Configurable {
  public static var standard: Colouring { Colouring(agreement: []) }

  public static var fields: [Field<Colouring>] {
    [
      Field(
        "agreement", \.agreement,
        "The share of images with the colour of their label, for each of equal parts of them.",
        range: .closed(0...1), isRequired: true)
    ]
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    if agreement.isEmpty {
      throw stated.fault("agreement", "expected a share for each part of the images, found none")
    }
  }
}

/// A gray image in the channel of its colour.
private struct ColourChannels: PixelStep {
  let classCount: Int
  let colours: [Int32]

  func shape(after shape: Shape) -> Shape { [classCount, shape[1], shape[2]] }

  func write(
    _ image: UnsafeBufferPointer<UInt8>, of _: Shape, number: Int,
    into out: UnsafeMutableBufferPointer<UInt8>
  ) {
    out.update(repeating: 0)
    let start = Int(colours[number]) * image.count
    for pixel in image.indices { out[start + pixel] = image[pixel] }
  }
}

extension Shaping {
  /// Gray images in colours, and how many of them have that of their label; an error for anything
  /// else.
  func coloured<Samples: LabeledSamples>(
    _ samples: Samples, _ colour: Colouring, _ draws: ShapingDraws, _ name: String
  ) throws(DatasetError) -> (samples: Samples, agreeing: Int) {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(file: name, location: "colour", problem: problem, kind: .usage)
    }
    try requireImages(samples, for: "colour", to: "coloured", name)
    guard samples.sampleShape[0] == 1 else {
      throw refuse("expected gray images, of one channel, found \(samples.sampleShape)")
    }
    guard samples.classCount >= 2 else {
      throw refuse("expected at least two classes, as there is a colour for each, found one")
    }
    guard !colour.agreement.isEmpty else {
      throw refuse("expected a share of agreement for each part of the images, found none")
    }
    let (colours, agreeing) = colour.colours(
      of: samples.labels, classCount: samples.classCount, draws)
    let step = ColourChannels(classCount: samples.classCount, colours: colours)
    return (
      try applying(step, numbers: Array(0..<samples.count), to: samples, name), agreeing
    )
  }
}
