import CollapseCore

/// What a decoder does with the bytes of a file.
///
/// A harness calls the decoder and returns; it may throw what the decoder throws, which must be a
/// `ClassifiedError`. Any other error, a trap or a memory error is a finding.
typealias Harness = @Sendable (_ bytes: [UInt8]) throws -> Void

/// All harnesses by name; `Corpus/<name>/` holds the files each begins with.
let harnesses: [String: Harness] = [
  "cifar": fuzzCIFAR,
  "csv": fuzzImageList,
  "gzip": fuzzGzip,
  "idx": fuzzIDX,
  "jpeg": fuzzImageFolder,
  "labels": fuzzLabels,
  "legacy": fuzzArrays,
  "lzf": fuzzLZF,
  "mapping": fuzzMapping,
  "npy": fuzzArrays,
  "onnx": fuzzONNX,
  "pickle": fuzzPickle,
  "pickle-file": fuzzArrays,
  "png": fuzzPNG,
  "safetensors": fuzzArrays,
  "tar": fuzzTar,
  "zip": fuzzZip,
]
