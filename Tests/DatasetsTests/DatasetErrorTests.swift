import CollapseCore
import Datasets
import Testing

@Suite struct DatasetErrorTests {
  @Test func namesTheFileAndThePlace() {
    let error = DatasetError(file: "f", location: "byte 8", problem: "expected a, found b")
    #expect(error.description == "f, byte 8: expected a, found b")
    #expect(error.kind == .badInput)
    #expect(DatasetError(file: "f", problem: "no").description == "f: no")
  }
}
