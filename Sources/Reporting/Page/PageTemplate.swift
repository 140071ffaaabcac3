/// The page as a mustache template; `{{…}}` escapes, `{{{…}}}` is for markup made here.
enum PageTemplate {
  static let page = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="Collapse">
    <link rel="icon" href="data:,">
    <title>{{title}}</title>
    <style>
    {{{style}}}
    </style>
    </head>
    <body>
    <header class="masthead">
    <p class="kicker">Neural collapse report</p>
    <h1>{{title}}</h1>
    {{#summary}}<p class="summary">{{summary}}</p>{{/summary}}
    <dl class="facts">
    {{#facts}}<div><dt>{{label}}</dt><dd>{{value}}{{#note}} <small>{{note}}</small>{{/note}}</dd></div>
    {{/facts}}</dl>
    <nav aria-label="Sections">
    {{#sections}}<a href="#{{anchor}}">{{name}}</a>
    {{/sections}}</nav>
    </header>
    <main>
    {{#hasRuns}}
    <section id="results">
    <h2>Results</h2>
    {{#closest}}<p class="closest">Closest to collapse: <strong>{{name}}</strong>{{#setting}} ({{setting}}){{/setting}}. {{sentence}}</p>{{/closest}}
    {{#results}}{{>table}}{{/results}}
    </section>
    {{/hasRuns}}
    {{#hasTables}}
    <section id="results">
    <h2>Results</h2>
    {{#tables}}{{>table}}{{/tables}}
    {{#hasData}}<p class="sources">Every observation: {{#data}}<a href="{{name}}.csv">{{name}}.csv</a> ({{caption}}) {{/data}}</p>{{/hasData}}
    </section>
    {{/hasTables}}
    <section id="figures">
    <h2>Figures</h2>
    {{#figuresNote}}<p class="note">{{figuresNote}}</p>{{/figuresNote}}
    {{#figures}}
    <figure id="figure-{{name}}">
    <h3>{{title}}</h3>
    {{#problem}}<p class="note">{{problem}}</p>{{/problem}}
    <div class="panels columns-{{columns}}">
    {{#pictures}}<div class="panel">{{{.}}}</div>
    {{/pictures}}</div>
    <figcaption>
    <p>{{caption}}{{#collapse}} <em>Under perfect collapse</em> {{collapse}}{{/collapse}}</p>
    <p class="sources">{{#terms}}<a class="term" href="#term-{{key}}" data-term="{{key}}">{{key}}</a> {{/terms}}<span class="files">Data and script: <a href="figures/{{name}}.csv">{{name}}.csv</a>, <a href="figures/{{name}}.gnuplot">{{name}}.gnuplot</a></span></p>
    </figcaption>
    </figure>
    {{/figures}}
    {{#hasAbsent}}<details class="absent"><summary>Figures left out</summary><ul>
    {{#absent}}<li><strong>{{title}}</strong>: {{reason}}.</li>
    {{/absent}}</ul></details>{{/hasAbsent}}
    </section>
    {{#hasClaims}}
    <section id="claims">
    <h2>Claims of papers on these runs</h2>
    {{#papers}}
    <p class="paper">{{authors}} ({{year}}), <cite>{{title}}</cite>, arXiv {{arXiv}}.{{scope}}</p>
    {{#claims}}
    <article class="claim" id="claim-{{name}}">
    <h3>{{statement}}</h3>
    <p><span class="verdict {{verdict}}">{{verdict}}</span> {{sentence}}</p>
    {{#table}}{{>table}}{{/table}}
    <p class="sources">{{test}}</p>
    </article>
    {{/claims}}
    {{/papers}}
    {{#hasUntested}}<details class="absent"><summary>Claims not tested</summary><ul>
    {{#untested}}<li><strong>{{statement}}</strong> ({{paper}}) {{reason}}.</li>
    {{/untested}}</ul></details>{{/hasUntested}}
    </section>
    {{/hasClaims}}
    {{#hasRuns}}
    <section id="runs">
    <h2>Runs</h2>
    {{#runs}}{{>table}}{{/runs}}
    {{#allMeasures}}<details><summary>{{summary}}</summary>{{#table}}{{>table}}{{/table}}</details>
    {{/allMeasures}}
    <p class="sources">Everything measured: <a href="measures.csv">measures.csv</a> (a row per run, epoch, layer and split), <a href="pairs.csv">pairs.csv</a> (per class and pair of classes), <a href="measures.json">measures.json</a>.</p>
    </section>
    {{/hasRuns}}
    {{#hasWarnings}}
    <section id="warnings">
    <h2>Warnings</h2>
    <ul>{{#warnings}}<li>{{text}} <small>{{runs}}</small></li>
    {{/warnings}}</ul>
    </section>
    {{/hasWarnings}}
    {{#hasNotes}}
    <section id="notes">
    <h2>Notes</h2>
    <ul>{{#notes}}<li>{{text}} <small>{{runs}}</small></li>
    {{/notes}}</ul>
    </section>
    {{/hasNotes}}
    <section id="definitions">
    <h2>Definitions</h2>
    {{#convention}}<p>{{convention}}</p>{{/convention}}
    <dl class="terms">
    {{#definitions}}<div id="term-{{key}}"><dt><code>{{key}}</code></dt><dd><p>{{definition}}</p>{{#formula}}<p class="formula">{{formula}}</p>{{/formula}}{{#ideal}}<p>Under perfect collapse: {{ideal}}</p>{{/ideal}}{{#citation}}<p class="citation">{{citation}}</p>{{/citation}}</dd></div>
    {{/definitions}}</dl>
    </section>
    <section id="repeat">
    <h2>How to repeat this</h2>
    {{#command}}<pre class="command"><code>{{command}}</code></pre>{{/command}}
    {{#configuration}}<h3>Pipeline</h3><pre><code>{{configuration}}</code></pre>{{/configuration}}
    {{#hasVersions}}<h3>Versions</h3><table class="versions"><tbody>
    {{#versions}}<tr><th scope="row">{{name}}</th><td>{{version}}</td></tr>
    {{/versions}}</tbody></table>{{/hasVersions}}
    {{#hasPaths}}<details><summary>Files of the runs</summary><ul class="paths">
    {{#paths}}<li><code>{{.}}</code></li>
    {{/paths}}</ul></details>{{/hasPaths}}
    </section>
    </main>
    <div id="definition" popover aria-live="polite"></div>
    <script>
    {{{script}}}
    </script>
    </body>
    </html>

    """#

  /// One table; headings sort, numbers open their definition.
  static let table = #"""
    <p class="caption" id="caption-{{name}}">{{caption}}</p>
    <div class="table-frame" tabindex="0" role="region" aria-labelledby="caption-{{name}}">
    <table class="data" id="table-{{name}}" aria-labelledby="caption-{{name}}">
    <thead><tr>
    {{#columns}}<th scope="col" class="{{kind}}"><button type="button" class="sort">{{heading}}</button> <span class="tools"><span class="arrow" aria-hidden="true"></span>{{#term}}<a class="term mark" href="#term-{{term}}" data-term="{{term}}" aria-label="Definition of {{heading}}">?</a>{{/term}}</span></th>
    {{/columns}}</tr></thead>
    <tbody>
    {{#rows}}<tr>{{#cells}}<td class="{{kind}}"{{#value}} data-value="{{value}}"{{/value}}>{{text}}{{#range}}<small>{{range}}</small>{{/range}}</td>{{/cells}}</tr>
    {{/rows}}</tbody>
    {{#ideals}}<tfoot><tr>{{#cells}}<td class="{{kind}}">{{text}}</td>{{/cells}}</tr></tfoot>
    {{/ideals}}</table>
    </div>

    """#
}
