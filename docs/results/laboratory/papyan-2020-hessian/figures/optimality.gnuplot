# Near-optimal loss and collapse
# Draws optimality-*.svg from optimality.csv: gnuplot optimality.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" optimality.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'optimality.csv'
set datafile separator comma
set datafile columnheaders
# The rows of each series: those with its number in the column 'series', next to each other.
series = ''; previous = ''
see(name, row) = (name eq previous ? (end = row) : (series = series . (previous eq '' ? '' : sprintf('%d ', end)) . sprintf('%s %d ', name, row), previous = name, end = row), 0)
stats data using (see(strcol('series'), int(column(0)))) nooutput
series = series . sprintf('%d', end)
place(name) = (sum [i = 0 : words(series) / 3 - 1] (word(series, 3 * i + 1) eq name ? i : 0))
first(name) = int(word(series, 3 * place(name) + 2))
last(name) = int(word(series, 3 * place(name) + 3))
style = 'set datafile separator comma; set datafile columnheaders; set minussign; set border 3 lw 0.8; set tics nomirror out scale 0.6; set xtics offset 0,0.35; set grid back lt 1 lc rgb ''#e2e5ea'' lw 0.6; set title offset 0,-0.6 font small; set xlabel offset 0,1; set ylabel offset 0.8,0; set lmargin 7.5; set tmargin 2; set rmargin 2; set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 font small'
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'optimality-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('loss', 400, 325))
set title 'Spread of directions against the loss'
set xlabel 'log (loss / optimal loss)'
set lmargin 9
set ylabel '1 − minimum intra-class cosine'
set samples 300
set key maxrows 2
set logscale x
set xrange [0.16917742168724434:64.0598131763432]
set xtics ('0.2' 0.2, '0.5' 0.5, '1' 1.0, '2' 2.0, '5' 5.0, '10' 10.0, '20' 20.0, '50' 50.0)
set logscale y
set yrange [0.3442226507956507:1.015005985263519]
set ytics ('0.4' 0.4, '0.6' 0.6000000000000001, '0.8' 0.8, '1' 1.0)
plot data every ::first('0')::last('0') using (column('last')==0 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 7 ps 0.18 lc rgb '#d55e00' notitle, \
  data every ::first('0')::last('0') using (column('last')==1 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 9 ps 0.75 lc rgb '#d55e00' title 'no BN'

reset
eval(panel('certificate', 400, 325))
set title 'Within-class share of the norm and its bound'
set xlabel '1 − alignment ρ'
set lmargin 9
set ylabel 'within-class share of the norm'
set samples 300
set key maxrows 2
set logscale x
set xrange [0.44683731417411315:1.0549074414784907]
set xtics ('0.6' 0.6000000000000001, '0.8' 0.8, '1' 1.0)
set logscale y
set yrange [0.07865776352681045:1.1547957923273187]
set ytics ('0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1.0)
plot x<1 ? x*(2-x) : 1 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'bound: 1 − ρ²', \
  data every ::first('0')::last('0') using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#d55e00' notitle, \
  data every ::first('0')::last('0') using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 9 ps 0.75 lc rgb '#d55e00' title 'no BN'
set output
