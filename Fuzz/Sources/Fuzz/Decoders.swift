import Datasets
import Files

func fuzzIDX(_ bytes: [UInt8]) throws {
  if let images = try? IDXArray.images(bytes, file: "f") {
    precondition(try! IDXArray.images(images.encoded(), file: "g") == images)
  }
  let labels = try IDXArray.labels(bytes, file: "f")
  precondition(try! IDXArray.labels(labels.encoded(), file: "g") == labels)
}

func fuzzGzip(_ bytes: [UInt8]) throws {
  let whole = try Gzip.inflate(bytes, file: "f")
  var inflater = try GzipInflater(bytes, file: "f")
  var pieces: [UInt8] = []
  while !inflater.isAtEnd { pieces += try inflater.read(upTo: 7) }
  precondition(whole == pieces)
}

func fuzzCIFAR(_ bytes: [UInt8]) throws {
  let batch = try CIFARBatch(bytes, file: "f")
  _ = try? batch.labels(.coarse)
  _ = try? batch.labels(.fine)
  let pixels = [UInt8](unsafeUninitializedCapacity: batch.count * 3072) { buffer, count in
    batch.copyPixels(into: UnsafeMutableBufferPointer(rebasing: buffer[..<(batch.count * 3072)]))
    count = batch.count * 3072
  }
  precondition(pixels.count.isMultiple(of: 3072))
}

func fuzzPNG(_ bytes: [UInt8]) throws {
  let image = try PNGImage(bytes, file: "f")
  precondition(try! PNGImage(image.encoded(), file: "g") == image)
}
