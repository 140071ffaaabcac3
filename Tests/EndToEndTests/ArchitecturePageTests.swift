import Foundation
import TestSupport
import Testing

@Suite struct ArchitecturePageTests {
  /// A room that is added, or renamed, stands on the page of the house.
  @Test func everyRoomIsOnThePage() throws {
    let root = CollapseCommand.projectRoot
    let manifest = try String(contentsOfFile: root + "/Package.swift", encoding: .utf8)
    let page = try String(contentsOfFile: root + "/docs/architecture.md", encoding: .utf8)
    let rooms = manifest.matches(
      of: /\.(?:executableT|systemLibrary|t)(?:arget)?\(\s*name: "(\w+)"/
    )
    .map { String($0.output.1) }.filter { $0 != "TestSupport" }
    #expect(rooms.count > 15)
    for room in rooms { #expect(page.contains("`\(room)`"), "\(room)") }
  }
}
