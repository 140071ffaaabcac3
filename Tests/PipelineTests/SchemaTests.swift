import Pipeline
import Testing

@Suite struct SchemaTests {
  /// A new field gets a sentence in `FieldDescription`, for editors to show.
  @Test func everyFieldIsDescribed() { #expect(PipelineSchema.undescribedFields() == []) }
}
