import LibC

/// The threads of the process's OpenMP runtime, with which oneDNN computes, lent to the loops written
/// here.
///
/// A second pool beside OpenMP's would fight it for the cores. Swift cannot open an
/// OpenMP region, but the region's entry point is an ordinary function of libgomp (LLVM's runtime
/// exports the same one); where it is missing, loops run on the calling thread.
package struct ThreadTeam: Sendable {
  /// Threads per region, the calling one included.
  package let threads: Int

  private typealias Region = @convention(c) (UnsafeMutableRawPointer?) -> Void
  private typealias OpenRegion =
    @convention(c) (Region, UnsafeMutableRawPointer?, UInt32, UInt32) -> Void
  private typealias Index = @convention(c) () -> Int32
  private typealias SetCount = @convention(c) (Int32) -> Void

  private static func symbol<T>(_ name: String, as _: T.Type) -> T? {
    dlsym(nil, name).map { unsafeBitCast($0, to: T.self) }
  }

  private static let openRegion = symbol("GOMP_parallel", as: OpenRegion.self)
  private static let threadIndex = symbol("omp_get_thread_num", as: Index.self)
  private static let setCount = symbol("omp_set_num_threads", as: SetCount.self)
  private static let setDynamic = symbol("omp_set_dynamic", as: SetCount.self)

  /// - Parameter threads: `nil` for one per core this process may use.
  package init(threads: Int? = nil) {
    self.threads = max(1, min(threads ?? Processors.count, ThreadTeam.limit))
  }

  /// The most threads a region gets: it would open with fewer than are asked for, and parts of the
  /// work would be left.
  private static let limit: Int = {
    guard openRegion != nil, threadIndex != nil else { return 1 }
    if symbol("omp_get_max_active_levels", as: Index.self)?() == 0 { return 1 }
    return symbol("omp_get_thread_limit", as: Index.self).map { Int($0()) } ?? .max
  }()

  /// Makes OpenMP use this many threads, and no fewer, for what the calling thread builds and
  /// executes.
  package func adopt() {
    ThreadTeam.setDynamic?(0)
    ThreadTeam.setCount?(Int32(threads))
  }

  /// Calls `body` once per thread with the thread's index, and returns when all have.
  package func run(_ body: (Int) -> Void) {
    guard threads > 1, let openRegion = ThreadTeam.openRegion else {
      for index in 0..<threads { body(index) }
      return
    }
    withoutActuallyEscaping(body) { escaping in
      var region = escaping
      withUnsafeMutablePointer(to: &region) { pointer in
        openRegion(
          { context in
            let body = context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee
            body(Int(ThreadTeam.threadIndex!()))
          }, pointer, UInt32(threads), 0)
      }
    }
  }

  /// Calls `body` with one part of `0..<count` per thread, cut at multiples of `grain`.
  package func forEachPart(of count: Int, grain: Int = 16, _ body: (Range<Int>) -> Void) {
    forEachPart(of: (count + grain - 1) / grain) { grains, _ in
      body(grains.lowerBound * grain..<min(count, grains.upperBound * grain))
    }
  }

  /// Calls `body` with one part of `0..<count` per thread, and the thread's index.
  package func forEachPart(of count: Int, _ body: (_ part: Range<Int>, _ thread: Int) -> Void) {
    guard count > 0 else { return }
    run { index in
      let part = count * index / threads..<count * (index + 1) / threads
      if !part.isEmpty { body(part, index) }
    }
  }

  /// The same, with the `shape` of the work by its address, as functions in C take it.
  package func forEachPart<Shape>(
    of count: Int, _ shape: Shape,
    _ body: (_ shape: UnsafePointer<Shape>, _ part: Range<Int>, _ thread: Int) -> Void
  ) {
    withUnsafePointer(to: shape) { pointer in
      forEachPart(of: count) { body(pointer, $0, $1) }
    }
  }
}
