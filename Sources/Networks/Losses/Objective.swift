/// All that training minimizes by what a network makes of a batch: a loss and, averaged over the
/// samples like it, the penalties on logits and features. Weight decay is the optimizer's.
package struct Objective: Sendable, Hashable {
  package var loss: LossFunction
  /// λ of λ/2 ‖z‖² on the logits z.
  package var spectralDecoupling: Double
  /// λ_H of λ_H/2 ‖h‖² on the features h.
  package var featureDecay: Double

  package init(
    _ loss: LossFunction, spectralDecoupling: Double = 0, featureDecay: Double = 0
  ) {
    self.loss = loss
    self.spectralDecoupling = spectralDecoupling
    self.featureDecay = featureDecay
  }

  /// How the gradient by the features comes about.
  package var featureGradient: FeatureGradient {
    if loss.loss.featureLoss != nil { return .ofObjective }
    return featureDecay > 0 ? .ofBoth : .ofClassifier
  }

  /// Whether a sample's loss depends on those that share its batch.
  package var comparesSamples: Bool { loss.loss.featureLoss != nil }
}

/// Where the gradient by the features, the classifier's input, comes from.
package enum FeatureGradient: Sendable, Hashable {
  /// From the logits through the classifier; nothing looks at the features themselves.
  case ofClassifier
  /// From what the objective says of the features alone; the classifier passes nothing back.
  case ofObjective
  /// The sum of both.
  case ofBoth
}

/// What an objective comes to for some samples, summed over them.
package struct ObjectiveSum: Sendable, Hashable {
  package var loss = 0.0
  /// What is minimized beside the loss.
  package var penalty = 0.0
  /// Samples that have their largest logit at their label (the first of equal ones counts; none
  /// is right where a logit is not a number).
  package var correct = 0

  package init(loss: Double = 0, correct: Int = 0) {
    self.loss = loss
    self.correct = correct
  }

  package static func += (a: inout ObjectiveSum, b: ObjectiveSum) {
    a.loss += b.loss
    a.penalty += b.penalty
    a.correct += b.correct
  }
}

/// What an objective reads of a batch; rows of samples, one after another.
package struct BatchOutputs {
  package var logits: UnsafeMutableBufferPointer<Float>
  /// Present where the objective looks at features.
  package var features: UnsafeMutableBufferPointer<Float>?
  package var labels: UnsafeMutableBufferPointer<Int32>

  package init(
    logits: UnsafeMutableBufferPointer<Float>,
    features: UnsafeMutableBufferPointer<Float>? = nil,
    labels: UnsafeMutableBufferPointer<Int32>
  ) {
    self.logits = logits
    self.features = features
    self.labels = labels
  }
}

/// Where an objective writes its gradients, arranged like ``BatchOutputs``.
package struct BatchGradients {
  package var logits: UnsafeMutableBufferPointer<Float>
  /// `nil` where nothing is trained before the classifier.
  package var features: UnsafeMutableBufferPointer<Float>?

  package init(
    logits: UnsafeMutableBufferPointer<Float>,
    features: UnsafeMutableBufferPointer<Float>? = nil
  ) {
    self.logits = logits
    self.features = features
  }
}

extension Objective {
  /// The loss and the penalties of a batch, both summed over its samples; the gradients of their
  /// mean are written where asked.
  ///
  /// Computed in double precision from float32, one sample after another: the same on any number
  /// of threads.
  package func evaluate(
    _ outputs: BatchOutputs, gradients: BatchGradients? = nil
  ) -> ObjectiveSum {
    var total = evaluateLogits(outputs, gradients?.logits)
    guard let features = outputs.features else { return total }
    if let featureLoss = loss.loss.featureLoss {
      total.loss += featureLoss.evaluate(
        features: features, labels: outputs.labels, gradient: gradients?.features)
    } else {
      gradients?.features?.update(repeating: 0)
    }
    if featureDecay > 0 {
      var squares = 0.0
      for value in features { squares += Double(value) * Double(value) }
      total.penalty += featureDecay / 2 * squares
      if let gradient = gradients?.features {
        let factor = Float(featureDecay / Double(outputs.labels.count))
        for index in features.indices { gradient[index] += factor * features[index] }
      }
    }
    return total
  }

  private func evaluateLogits(
    _ outputs: BatchOutputs, _ gradient: UnsafeMutableBufferPointer<Float>?
  ) -> ObjectiveSum {
    let labels = outputs.labels
    let logits = outputs.logits
    let classes = logits.count / labels.count
    let share = 1 / Double(labels.count)
    let loss = self.loss.loss
    var total = ObjectiveSum()
    withUnsafeTemporaryAllocation(of: Double.self, capacity: classes) { row in
      for (index, label) in labels.enumerated() {
        let start = index * classes
        var best = 0
        var squares = 0.0
        for c in 0..<classes {
          row[c] = Double(logits[start + c])
          squares += row[c] * row[c]
          if row[c] > row[best] { best = c }
        }
        if best == Int(label), row[best].isFinite { total.correct += 1 }
        total.loss += loss.evaluate(logits: row, label: Int(label))
        total.penalty += spectralDecoupling / 2 * squares
        guard let gradient else { continue }
        for c in 0..<classes {
          let penalized = spectralDecoupling * Double(logits[start + c])
          gradient[start + c] = Float((row[c] + penalized) * share)
        }
      }
    }
    return total
  }
}
