# Cosine similarity against weight decay
# Draws cosines-weight-decay-*.svg from cosines-weight-decay.csv: gnuplot cosines-weight-decay.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" cosines-weight-decay.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'cosines-weight-decay.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'cosines-weight-decay-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1-intra', 400, 325))
set title 'Minimum intra-class cosine'
set xlabel 'weight decay λ'
set key maxrows 2
set logscale x
set xrange [0.0014255091337519543:0.005545874076312006]
set xtics ('0' 0.0014926913094589797, '0.005' 0.005, '0.0055' 0.0055)
set yrange [0.5045726293394283:1.0280430587166363]
set ytics ('0.6' 0.6000000000000001, '0.8' 0.8, '1.0' 1.0)
plot data every ::first('0')::last('0') using (column('weight_decay')>0 ? (1.0*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#d55e00' notitle, \
  data every ::first('0')::last('0') using (1.0*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'no BN', \
  1.0 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'ideal: 1'

reset
eval(panel('1-inter', 400, 325))
set title 'Maximum inter-class cosine'
set xlabel 'weight decay λ'
set key maxrows 2
set logscale x
set xrange [0.0014255091337519543:0.005545874076312006]
set xtics ('0' 0.0014926913094589797, '0.005' 0.005, '0.0055' 0.0055)
set yrange [-0.14627535460511798:0.51012385728301]
set ytics ('0.0' 0.0, '0.2' 0.2, '0.4' 0.4)
plot data every ::first('1')::last('1') using (column('weight_decay')>0 ? (1.0*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#d55e00' notitle, \
  data every ::first('1')::last('1') using (1.0*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'no BN', \
  -0.1111111111111111 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'ideal: −1/(C−1)'
set output
