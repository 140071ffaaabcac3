import CollapseCore
import Testing

@Suite struct TextTests {
  @Test func hexadecimalKeepsLeadingZeros() {
    #expect(Hexadecimal.digits([0, 0x1f, 0xff]) == "001fff")
    #expect(Hexadecimal.bytes([0, 0x1f, 0x8b]) == "00 1f 8b")
    #expect(Hexadecimal.bytes([]) == "")
    #expect(Hexadecimal.word(31) == "0x0000001f")
    #expect(Hexadecimal.word(.max) == "0xffffffff")
  }

  @Test func numbersInNamesCompareByValue() {
    let ordered = ["", "1", "01", "2", "10", "Z", "a2", "a10", "img2.png", "img10.png", "é"]
    #expect(
      ordered.shuffled().inNaturalOrder().sorted(by: NaturalOrder.precedes) == [
        "", "01", "1", "2", "10", "Z", "a2", "a10", "img2.png", "img10.png", "é",
      ])
    // Digits beyond any integer.
    #expect(
      NaturalOrder.precedes(
        "9" + String(repeating: "0", count: 40), "1" + String(repeating: "0", count: 41)))
  }
}
