# Error on new classes by variability of the old
# Draws transfer-*.svg from transfer.csv: gnuplot transfer.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" transfer.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'transfer.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'transfer-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 325))
set title 'digits 5 to 9, 5 shots'
set xlabel 'source CDNV'
set ylabel 'few-shot error'
set lmargin 9
set logscale x
set xrange [0.043318751867496896:3.4100638471588463]
set xtics ('0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1.0, '2' 2.0)
set yrange [0.4118933333333334:0.6129955555555556]
set ytics ('0.45' 0.45, '0.50' 0.5, '0.55' 0.55, '0.60' 0.6000000000000001)
plot data every ::first('0')::last('0') using (column('x')):(column('y')) with points pt 7 ps 0.7 lc rgb '#0072b2' title 'λ = 0', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with points pt 9 ps 0.7 lc rgb '#d55e00' title 'λ = 0.0005', \
  data every ::first('2')::last('2') using (column('x')):(column('y')) with points pt 5 ps 0.7 lc rgb '#009e73' title 'λ = 0.005'
set output
