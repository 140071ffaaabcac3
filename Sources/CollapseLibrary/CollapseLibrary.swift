@_exported public import CollapseC
