/// One sentence for each field of a pipeline, for editors to show.
///
/// A field is named by its type and key, `TrainingOptions.epochs`; one of a single kind of
/// something by its kind, `LossFunction/crossEntropy.labelSmoothing`.
enum FieldDescription {
  static func text(of key: String, in mapping: MappingShape) -> String? {
    mapping.kind.flatMap { all["\(mapping.type)/\($0).\(key)"] } ?? all["\(mapping.type).\(key)"]
  }

  private static let all = run.merging(data) { $1 }.merging(network) { $1 }
    .merging(training) { $1 }

  private static let run = [
    "RunConfiguration.dataset": "The samples: one source of both splits, or 'train' and 'test'.",
    "RunConfiguration.network": "The network.",
    "RunConfiguration.training": "How it is trained.",
    "RunConfiguration.features": "Which features are written to files.",
    "RunConfiguration.measures": "What is measured on the features, and when.",
    "FeatureConfiguration.epochs":
      "After which epochs features are written: all with a checkpoint, or the last.",
    "FeatureConfiguration.layers":
      "Of which layers: the classifier's input, or the output of every hidden block.",
    "FeatureConfiguration.pooling":
      "Of blocks that give maps: the mean of each channel over its map, or every pixel.",
    "FeatureConfiguration.splits": "Of which splits.",
    "MeasureConfiguration.when":
      "On feature files after training, or during training without writing any.",
    "MeasureConfiguration.epochs": "After which epochs measures are taken during training.",
    "MeasureConfiguration.convention":
      "The published convention, where definitions of the measures differ.",
    "MeasureConfiguration.spectrum":
      "Whether the singular values of the features are computed: it takes a d × d matrix.",
    "CheckpointSchedule.everyEpochs": "Every so many epochs.",
    "CheckpointSchedule.logarithmic":
      "So many times, spread evenly over the logarithm of the epoch, from the first to the last.",
  ]

  private static let data = [
    "DatasetConfiguration.train": "Where the training samples come from.",
    "DatasetConfiguration.test":
      "Where the test samples come from; the training source's own test split where left out.",
    "DatasetConfiguration.shaping": "Which samples are taken, and in which form.",
    "DatasetConfiguration.path": "A file or folder in any format that is read (docs/data-sets.md).",
    "DatasetConfiguration.name": "A data set of the catalog, fetched with 'collapse fetch'.",
    "DatasetConfiguration.synthetic": "Samples made from a description and a seed.",
    "DatasetConfiguration.split": "Which split of the source.",
    "DatasetConfiguration.labels": "For CIFAR-100: fine or coarse labels.",
    "DatasetConfiguration.transposed": "Whether images are stored with rows and columns exchanged.",
    "DatasetConfiguration.resize": "The size that all images are brought to.",
    "DatasetConfiguration.shorterSide":
      "Instead of resize: the length the shorter side of each image is brought to.",
    "DatasetConfiguration.crop": "The size that is then cut out of the middle.",
    "DatasetConfiguration.classOrder":
      "How class folders are numbered: natural (2 before 10) or torchvision (10 before 2).",
    "DatasetConfiguration.leaveOutBadFiles":
      "Whether files that cannot be read are left out instead of refused.",
    "SampleSource.path": "A file or folder in any format that is read (docs/data-sets.md).",
    "SampleSource.name": "A data set of the catalog, fetched with 'collapse fetch'.",
    "SampleSource.synthetic": "Samples made from a description and a seed.",
    "SampleSource.split": "Which split of the source.",
    "SampleSource.labels": "For CIFAR-100: fine or coarse labels.",
    "SampleSource.transposed": "Whether images are stored with rows and columns exchanged.",
    "SampleSource.resize": "The size that all images are brought to.",
    "SampleSource.shorterSide":
      "Instead of resize: the length the shorter side of each image is brought to.",
    "SampleSource.crop": "The size that is then cut out of the middle.",
    "SampleSource.classOrder":
      "How class folders are numbered: natural (2 before 10) or torchvision (10 before 2).",
    "SampleSource.leaveOutBadFiles":
      "Whether files that cannot be read are left out instead of refused.",
    "ImageSize.width": "In pixels.",
    "ImageSize.height": "In pixels.",
    "Shaping.classes": "Names of the classes to keep, in the order of their new labels.",
    "Shaping.perClass": "Samples to keep of each class, drawn at random.",
    "Shaping.imbalance": "The count of the first class over that of the last.",
    "Shaping.labelNoise": "The fraction of samples that get another label, chosen at random.",
    "Shaping.randomLabels": "Whether labels are dealt out anew.",
    "Shaping.padTo": "The height and width of images after padding with zeros.",
    "Shaping.normalization": "The affine map of each channel: computed, or given.",
    "Shaping.seed": "Decides everything random about the shaping.",
    "Shaping.Normalization.means": "The mean of each channel.",
    "Shaping.Normalization.standardDeviations": "The standard deviation of each channel.",
    "SyntheticDescription.classCount": "The number of classes.",
    "SyntheticDescription.dimension": "Numbers per sample.",
    "SyntheticDescription.trainPerClass": "Training samples of each class.",
    "SyntheticDescription.testPerClass": "Test samples of each class.",
    "SyntheticDescription.seed": "Everything random follows from it.",
    "SyntheticDescription/conic-hull.generatorsPerClass":
      "Generators of each cone, at most as many as dimensions.",
    "SyntheticDescription/conic-hull.margin":
      "The least relative gap between the distances to the nearest two cones.",
    "SyntheticDescription/random-teacher.depth": "Hidden layers of the teacher; 0 is linear.",
    "SyntheticDescription/random-teacher.width": "Units of each hidden layer of the teacher.",
    "SyntheticDescription/gaussian-mixture.signalToNoise":
      "The length of each class mean over the deviation of the noise.",
    "SyntheticDescription/gaussian-mixture.frame": "How the class means stand to each other.",
    "SyntheticDescription/glyphs.rotation": "Largest rotation, in degrees.",
    "SyntheticDescription/glyphs.shear": "Largest shear of x by y.",
    "SyntheticDescription/glyphs.scale": "Largest relative change of width and of height.",
    "SyntheticDescription/glyphs.shift": "Largest shift along each axis, in pixels.",
    "SyntheticDescription/glyphs.thinnest": "Thinnest pen, in pixels.",
    "SyntheticDescription/glyphs.thickest": "Thickest pen, in pixels.",
    "SyntheticDescription/glyphs.wobble":
      "Deviation of the points of a stroke, in heights of the digit.",
    "SyntheticDescription/glyphs.noise": "Deviation of the gray levels.",
  ]

  private static let network = [
    "NetworkDescription.kind": "A network by name, or custom.",
    "NetworkDescription.widths":
      "Widths of the hidden layers of an mlp, channels of the stages of a convnet.",
    "NetworkDescription.widthMultiplier":
      "A factor on the number of channels of a convolutional network.",
    "NetworkDescription.batchNormalization":
      "Batch normalization after every affine map but the classifier, the last of them, or none.",
    "NetworkDescription.lastLayerBatchNormalization":
      "A batch normalization directly before the classifier, the setting of the theorems.",
    "NetworkDescription.classifierBias": "Whether the classifier adds a bias.",
    "NetworkDescription.initialization": "How the first parameters are drawn.",
    "NetworkDescription.layers": "The layers of a custom network; the last is the classifier.",
    "Initialization.kind": "The rule by which they are drawn.",
    "Initialization.scale": "A factor on them.",
    "LayerDescription.name": "The prefix of the names of its arrays; else its place: layers.3.",
    "LayerDescription.outputs": "Outputs of a dense layer, channels of a convolution.",
    "LayerDescription.bias": "Whether it adds a bias.",
    "LayerDescription.window": "Where the kernel is laid on the map.",
    "LayerDescription.kernel": "Height and width of the kernel.",
    "LayerDescription.stride": "The step between places of the kernel.",
    "LayerDescription.padding": "Zeros around the map, on each side.",
    "LayerDescription.probability": "The share of numbers that are set to zero.",
    "LayerDescription.epsilon": "Added to the variance.",
    "LayerDescription.momentum": "The weight of a batch in the running moments.",
    "LayerDescription.scale": "Whether its scale is trained.",
    "LayerDescription.shift": "Whether its shift is trained.",
    "LayerDescription.affine": "Whether its scale and shift are trained.",
    "LayerDescription.body": "The layers that are added to the shortcut.",
    "LayerDescription.shortcut":
      "Layers that bring the input to the body's shape; none for the identity.",
    "Window.kernel": "Height and width of the kernel.",
    "Window.stride": "The step between places of the kernel.",
    "Window.padding": "Zeros around the map, on each side.",
  ]

  private static let training = [
    "TrainingOptions.epochs": "Passes over the training data.",
    "TrainingOptions.batchSize": "Samples per step.",
    "TrainingOptions.seed":
      "Decides the initial parameters, the order of the samples and all else that is random.",
    "TrainingOptions.loss": "What training minimizes, averaged over the samples.",
    "TrainingOptions.spectralDecoupling": "λ of the penalty λ/2 · mean ‖logits‖².",
    "TrainingOptions.featureDecay": "λ of the penalty λ/2 · mean ‖features‖².",
    "TrainingOptions.optimizer": "How a gradient becomes a step.",
    "TrainingOptions.learningRate": "The first rate, or the rate over the course of training.",
    "TrainingOptions.weightDecay": "λ of the penalty λ/2 ‖parameters‖², or where it acts.",
    "TrainingOptions.gradientClipping": "The largest Euclidean norm the gradient may have.",
    "TrainingOptions.augmentation": "Random changes to the training images.",
    "TrainingOptions.algorithms":
      "Which algorithms convolutions may take: the fastest, or only those of the definition.",
    "TrainingOptions.precision": "What training steps are computed in.",
    "TrainingOptions.stop": "When training ends before its last epoch.",
    "TrainingOptions.evaluation": "How often loss and accuracy are measured.",
    "TrainingOptions.checkpoints": "After which epochs a checkpoint is kept, beside the last.",
    "TrainingOptions.threads": "Threads to compute with: the bits of a result hang on it.",
    "LossFunction/crossEntropy.labelSmoothing": "The share of each target spread over all classes.",
    "LossFunction/meanSquaredError.weight": "The factor on the error at the true class.",
    "LossFunction/meanSquaredError.target": "The target at the true class.",
    "LossFunction/supervisedContrastive.temperature": "τ, by which similarities are divided.",
    "LossFunction/supervisedContrastive.classifierWeight":
      "The factor on the classifier's cross-entropy.",
    "OptimizerDescription/sgd.momentum": "μ of v ← μ v + gradient.",
    "OptimizerDescription/sgd.nesterov": "Whether the step looks ahead.",
    "OptimizerDescription.beta1": "The decay of the first moment.",
    "OptimizerDescription.beta2": "The decay of the second moment.",
    "OptimizerDescription.epsilon": "Added to the root of the second moment.",
    "LearningRate.initial": "The first rate.",
    "LearningRate.schedule": "How the rate changes from epoch to epoch.",
    "LearningRate.warmUpEpochs": "Epochs over which the rate first rises from nearly zero.",
    "LearningRate.Schedule/steps.epochs": "After how many epochs the rate is multiplied.",
    "LearningRate.Schedule/steps.factor": "By what it is multiplied.",
    "LearningRate.Schedule/cosine.final": "The rate at the end.",
    "WeightDecay.coefficient": "λ.",
    "WeightDecay.appliesTo": "All trained arrays, or matrices and kernels only.",
    "WeightDecay.mode": "As a part of the gradient, or beside the step.",
    "WeightDecay.classifier": "λ of the classifier's arrays.",
    "WeightDecay.normalization": "λ of the scales and shifts of normalizations.",
    "Augmentation.cropPadding": "Zeros around an image, of which a part is cut at random.",
    "Augmentation.horizontalFlip": "Whether every second image, at random, is mirrored.",
    "StopConditions.trainingError": "Ends at this share of wrong training samples.",
    "StopConditions.trainingLoss": "Ends at this training loss.",
    "EvaluationOptions.everyEpochs": "Epochs from one evaluation to the next.",
    "EvaluationOptions.batchSize": "Samples per step of an evaluation.",
  ]
}
