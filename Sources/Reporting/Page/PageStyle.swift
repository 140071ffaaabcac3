/// The page's style: light, dark and paper; one column on a phone.
enum PageStyle {
  static var css: String {
    """
    :root{\(variables(\.light))}
    @media (prefers-color-scheme:dark){:root{\(variables(\.dark))}}
    @media print{:root{\(variables(\.light))}}
    \(rules)
    """
  }

  private static let surfaces: [(name: String, light: Int, dark: Int)] = [
    ("ground", 0xffffff, 0x14171c), ("text", 0x1b1f24, 0xe3e6ea), ("muted", 0x59626e, 0x9aa4b1),
    ("line", 0xdfe3e8, 0x333a43), ("raised", 0xf6f7f9, 0x1c2027), ("accent", 0x0b5cad, 0x7ab8f5),
    ("marked", 0xeaf2fb, 0x1d2b3a),
  ]

  private struct Tone {
    var light: Int
    var dark: Int
  }

  private static func variables(_ tone: KeyPath<Tone, Int>) -> String {
    let inks = Palette.all.map { ($0.name, Tone(light: $0.light, dark: $0.dark)) }
    let surfaces = surfaces.map { ($0.name, Tone(light: $0.light, dark: $0.dark)) }
    return (surfaces + inks).map { "--\($0.0):\(Palette.hex($0.1[keyPath: tone]))" }
      .joined(separator: ";")
  }

  private static let rules = #"""
    *{box-sizing:border-box}
    html{color-scheme:light dark;scroll-behavior:smooth;-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--ground);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    .masthead,main{max-width:1400px;margin:0 auto;padding:0 clamp(16px,3vw,40px)}
    .masthead{padding-top:clamp(20px,4vw,48px)}
    .kicker{margin:0;color:var(--accent);font-size:.8rem;font-weight:600;letter-spacing:.08em;text-transform:uppercase}
    h1{margin:.15em 0 .3em;font-size:clamp(1.6rem,4vw,2.4rem);line-height:1.15;letter-spacing:-.015em;text-wrap:balance;overflow-wrap:anywhere}
    h2{margin:0 0 .6em;font-size:1.4rem;line-height:1.2}
    h3{margin:0 0 .6em;font-size:1.08rem}
    section{padding-top:28px;margin-top:28px;border-top:1px solid var(--line)}
    .summary{max-width:72ch;margin:0 0 1em;font-size:1.08rem;color:var(--muted)}
    a{color:var(--accent);text-underline-offset:.15em}
    .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,165px),1fr));gap:10px;margin:20px 0}
    .facts div{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
    .facts dt{font-size:.8rem;color:var(--muted)}
    .facts div{min-width:0}
    .facts dd{margin:0;overflow-wrap:anywhere;font-size:1.1rem;font-weight:600;font-variant-numeric:tabular-nums}
    .facts small{display:block;font-size:.75rem;line-height:1.35;font-weight:400;color:var(--muted)}
    nav{display:flex;flex-wrap:wrap;gap:6px 18px;font-size:.92rem}
    .closest{max-width:80ch}
    .note{padding:10px 14px;border-left:3px solid var(--accent);background:var(--marked)}
    figure{margin:0 0 44px}
    .panels{display:grid;gap:10px;grid-template-columns:1fr}
    .panel{background:var(--ground);border:1px solid var(--line);border-radius:8px;padding:clamp(0px,.6vw,6px);min-width:0}
    .panel svg{display:block;width:100%;height:auto;color:var(--text);font-family:inherit}
    figcaption{margin-top:10px;max-width:92ch}
    figcaption p{margin:0 0 .4em}
    .sources{font-size:.85rem;color:var(--muted)}
    .sources .term{margin-right:.35em;padding:1px 7px;border:1px solid var(--line);border-radius:99px;font:.8rem ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-decoration:none;white-space:nowrap}
    .files{overflow-wrap:anywhere}
    .table-frame{overflow-x:auto;margin:0 0 18px;border:1px solid var(--line);border-radius:8px}
    .table-frame:focus-visible{outline:2px solid var(--accent)}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums}
    table.data{width:100%;font-size:.84rem;border-collapse:separate;border-spacing:0}
    .caption{margin:0 0 6px;color:var(--muted);font-size:.88rem}
    .data th,.data td{padding:6px 8px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
    .data tbody:last-child tr:last-child td,.data tfoot td{border-bottom:0}
    .data th{background:var(--raised);vertical-align:bottom;font-weight:600;white-space:normal;line-height:1.25}
    .data .number{text-align:right}
    .data tbody tr:hover td{background:var(--marked)}
    .data td[data-value].number{cursor:help}
    .data td small{display:block;color:var(--muted);font-size:.78em}
    .data tfoot td{color:var(--muted);background:var(--raised)}
    .data th:first-child,.data td:first-child{position:sticky;left:0;background:var(--ground);z-index:1}
    .data th:first-child,.data tfoot td:first-child{background:var(--raised)}
    .sort{padding:0;border:0;background:none;color:inherit;font:inherit;text-align:inherit;cursor:pointer}
    .tools{white-space:nowrap}
    .arrow::after{content:"↕";display:inline-block;width:1em;text-align:center;opacity:.4;cursor:pointer;font-weight:400}
    th[aria-sort=ascending] .arrow::after{content:"↑";opacity:1}
    th[aria-sort=descending] .arrow::after{content:"↓";opacity:1}
    .mark{display:inline-block;width:1.35em;height:1.35em;border:1px solid var(--line);border-radius:50%;font-size:.72rem;line-height:1.3;text-align:center;text-decoration:none;font-weight:400}
    .claim{margin:0 0 32px}
    .claim h3{max-width:92ch}
    .verdict{display:inline-block;margin-right:.5em;padding:1px 10px;border:1px solid currentColor;border-radius:99px;font-size:.8rem;font-weight:600}
    .verdict.supported::before{content:"✓ "}.verdict.mixed::before{content:"± "}.verdict.contradicted::before{content:"✗ "}.verdict.inconclusive::before{content:"? "}
    details{margin:0 0 16px}
    summary{cursor:pointer;padding:6px 0;font-weight:600}
    .terms{display:grid;gap:0 32px;grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr));margin:0}
    .terms div{padding:10px 0;border-bottom:1px solid var(--line)}
    .terms div:target{background:var(--marked)}
    .terms dd,#definition dd{margin:0}
    .terms p,#definition p{margin:.2em 0}
    .formula{font-family:"STIX Two Math","Cambria Math","Latin Modern Math",Georgia,serif;font-size:1.05em;overflow-wrap:anywhere}
    .citation{color:var(--muted);font-size:.85rem}
    pre{margin:0 0 18px;padding:14px 16px;overflow-x:auto;background:var(--raised);border:1px solid var(--line);border-radius:8px;font-size:.85rem;line-height:1.5}
    code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
    pre code{overflow-wrap:normal}
    .versions th{font-weight:400;color:var(--muted);text-align:left;padding:2px 20px 2px 0}
    #definition{position:fixed;margin:0;inset:auto;max-width:min(420px,calc(100vw - 24px));padding:14px 18px;background:var(--ground);color:var(--text);border:1px solid var(--line);border-radius:10px;box-shadow:0 8px 30px rgb(0 0 0/.25);font-size:.92rem}
    #definition .exact{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.85rem;color:var(--muted);overflow-wrap:anywhere}
    .data td:first-child{white-space:normal;overflow-wrap:anywhere;min-width:7em;max-width:22em}
    @media (max-width:1320px){.data th,.data td{padding:5px}table.data{font-size:.78rem}}
    @media (max-width:639px){.data td:first-child{max-width:8em}}
    @media (min-width:640px){.panels.columns-2,.panels.columns-3{grid-template-columns:repeat(2,1fr)}}
    @media (min-width:1000px){.panels.columns-3{grid-template-columns:repeat(3,1fr)}.panels.columns-2{max-width:1040px}.panels.columns-1{max-width:760px}}
    @media print{
    body{font-size:10pt}.masthead,main{max-width:none;padding:0}nav,.tools,#definition{display:none}
    .table-frame{overflow:visible;border:0}.data th,.data td{white-space:normal;padding:2px 4px;font-size:7pt;position:static!important}
    .panel,tr,.terms div{break-inside:avoid}h2,h3{break-after:avoid}.panels{grid-template-columns:repeat(2,1fr)!important}.panels.columns-3{grid-template-columns:repeat(3,1fr)!important}
    a{color:inherit;text-decoration:none}pre{white-space:pre-wrap}
    }
    """#
}
