import ArgumentParser
import CollapseCore
import Pipeline

/// A network on the command line: the fields of a pipeline's `network:` beside its kind.
struct NetworkArguments: ParsableArguments {
  @OptionGroup var fields: FieldArguments<NetworkScope>

  /// Sets the fields that were given; a kind replaces what is there.
  ///
  /// - Parameter origin: what messages call the kind, before its name.
  func apply(
    kind: String?, statedBy origin: String = "--network", to settings: inout Settings
  ) throws {
    if let kind {
      try settings.set("network", "{kind: \(kind)}", statedBy: "\(origin) \(kind)")
    } else if !settings.contains("network.kind"), settings.text(at: "network") == nil {
      try settings.set("network.kind", "mlp")
    }
    try fields.apply(to: &settings)
    let found = settings.text(at: "network.kind") ?? settings.text(at: "network")
    if found == "mlp", !settings.contains("network.widths") {
      try settings.set("network.widths", "[512, 512, 512]")
    }
  }
}
