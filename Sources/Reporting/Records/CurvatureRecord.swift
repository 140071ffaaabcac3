/// The second derivatives of one network's loss, as far as they were asked for.
public struct CurvatureRecord: Sendable, Hashable, Codable {
  /// An eigenvalue with the length of its residual: one of the matrix lies that near.
  public struct Eigenvalue: Sendable, Hashable, Codable {
    public let value: Double
    public let bound: Double

    public init(value: Double, bound: Double) {
      self.value = value
      self.bound = bound
    }
  }

  /// A trace with the standard error of its random part.
  public struct Trace: Sendable, Hashable, Codable {
    public let value: Double
    public let standardError: Double
    public let products: Int

    public init(value: Double, standardError: Double, products: Int) {
      self.value = value
      self.standardError = standardError
      self.products = products
    }
  }

  /// Nodes of Gauss quadrature and their weights, Σ weight = 1, from one random start.
  public struct Quadrature: Sendable, Hashable, Codable {
    public let nodes: [Double]
    public let weights: [Double]

    public init(nodes: [Double], weights: [Double]) {
      self.nodes = nodes
      self.weights = weights
    }
  }

  /// One matrix, or one block of it.
  public struct Spectrum: Sendable, Hashable, Codable {
    /// `hessian` or `gauss-newton`.
    public var matrix: String
    /// |wᵀHv − vᵀHw| beside its size for two random vectors, seen before anything was computed.
    public var asymmetry: Double
    /// In descending order.
    public var largest: [Eigenvalue]
    /// In ascending order.
    public var smallest: [Eigenvalue]
    /// Products that the eigenvalues took.
    public var eigenvalueProducts: Int
    /// Whether every eigenvalue is within the tolerance.
    public var isConverged: Bool
    public var trace: Trace?
    /// One for each start; empty where none was asked for.
    public var density: [Quadrature]

    public init(
      matrix: String, asymmetry: Double, largest: [Eigenvalue] = [], smallest: [Eigenvalue] = [],
      eigenvalueProducts: Int = 0, isConverged: Bool = true, trace: Trace? = nil,
      density: [Quadrature] = []
    ) {
      self.matrix = matrix
      self.asymmetry = asymmetry
      self.largest = largest
      self.smallest = smallest
      self.eigenvalueProducts = eigenvalueProducts
      self.isConverged = isConverged
      self.trace = trace
      self.density = density
    }
  }

  /// G = G0 + G1 + G2 + G3 by classes and pairs of classes.
  public struct Decomposition: Sendable, Hashable, Codable {
    /// tr G0, tr G1, tr G2.
    public var traces: [Double]
    /// Eigenvalues of G1, in descending order.
    public var classEigenvalues: [Double]
    /// The largest of G2, in descending order.
    public var crossClassEigenvalues: [Double]
    /// By matrix: the share of its top C eigenvectors, squared, in the span of the class means.
    public var overlap: [String: Double]
    /// What the overlap of any other space is: C/P.
    public var chance: Double

    public init(
      traces: [Double], classEigenvalues: [Double], crossClassEigenvalues: [Double],
      overlap: [String: Double], chance: Double
    ) {
      self.traces = traces
      self.classEigenvalues = classEigenvalues
      self.crossClassEigenvalues = crossClassEigenvalues
      self.overlap = overlap
      self.chance = chance
    }
  }

  /// The diagonal blocks of a layer.
  public struct Layer: Sendable, Hashable, Codable {
    public var name: String
    public var parameters: Int
    public var spectra: [Spectrum]

    public init(name: String, parameters: Int, spectra: [Spectrum]) {
      self.name = name
      self.parameters = parameters
      self.spectra = spectra
    }
  }

  /// The format's name, for whoever finds the file.
  public static let format = "collapse-curvature"

  /// Epochs done, where that is known.
  public var epoch: Int?
  /// Steps done in all, of a checkpoint inside an epoch.
  public var step: Int?
  /// Epochs done with the part of the one at hand, where the run tells how many steps an epoch has.
  public var place: Double?
  public var split: String
  public var samples: Int
  public var parameters: Int
  public var classes: Int
  /// The kind of the loss, as options name it.
  public var loss: String
  /// Its value, with the penalties that are in.
  public var lossValue: Double
  public var gradientNorm: Double
  /// Whether the penalties of the training are in.
  public var penalties: Bool
  /// The moments of batch normalization: `running`, `batch`, or `none` where there is none.
  public var statistics: String
  /// Samples of a batch, by whose moments it is.
  public var batchSize: Int?
  public var seed: UInt64
  /// The tolerance that eigenvalues were asked to.
  public var tolerance: Double
  public var spectra: [Spectrum]
  public var decomposition: Decomposition?
  public var layers: [Layer]
  /// What was taken for granted, left out or not reached.
  public var notes: [String]

  public init(
    epoch: Int?, split: String, samples: Int, parameters: Int, classes: Int, loss: String,
    lossValue: Double, gradientNorm: Double, penalties: Bool, statistics: String, batchSize: Int?,
    seed: UInt64, tolerance: Double
  ) {
    self.epoch = epoch
    self.split = split
    self.samples = samples
    self.parameters = parameters
    self.classes = classes
    self.loss = loss
    self.lossValue = lossValue
    self.gradientNorm = gradientNorm
    self.penalties = penalties
    self.statistics = statistics
    self.batchSize = batchSize
    self.seed = seed
    self.tolerance = tolerance
    spectra = []
    decomposition = nil
    layers = []
    notes = []
  }

  /// The spectrum of `hessian` or `gauss-newton`.
  public subscript(matrix: String) -> Spectrum? { spectra.first { $0.matrix == matrix } }
}
