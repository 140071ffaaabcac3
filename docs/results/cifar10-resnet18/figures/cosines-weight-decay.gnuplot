# Cosine similarity against weight decay
# Draws cosines-weight-decay-*.svg from cosines-weight-decay.csv: gnuplot cosines-weight-decay.gnuplot
set encoding utf8
data = 'cosines-weight-decay.csv'
# The rows of each series, numbered as in the column of that name but from 1.
array first[6] = [0,5,10,14,19,24]
array last[6] = [4,9,13,18,23,27]
style = 'set datafile separator comma; set datafile columnheaders; set minussign; set border 3 lw 0.8; set tics nomirror out scale 0.6; set xtics offset 0,0.35; set grid back lt 1 lc rgb ''#e2e5ea'' lw 0.6; set title offset 0,-0.6; set xlabel offset 0,1; set ylabel offset 0.8,0; set lmargin 7.5; set tmargin 2; set rmargin 2; set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 font '',12'''

reset
set terminal svg size 400,325 enhanced standalone font 'sans-serif,13' background 'white'
set output 'cosines-weight-decay-1-intra.svg'
eval(style)
set title 'Minimum intra-class cosine' font ',12'
set xlabel 'weight decay λ'
set key maxrows 2
set logscale x
set xrange [2.3988329190194907e-05:0.013182567385564071]
set xtics ('0' 3.1622776601683795e-05, '10^{−4}' 1e-4, '10^{−3}' 1e-3, '10^{−2}' 1e-2)
set yrange [0.13663742387915298:1.0488695797804253]
plot data every ::first[1]::last[1] using (column('weight_decay')>0 ? (0.9299999999999999*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#0072b2' notitle, \
  data every ::first[1]::last[1] using (0.9299999999999999*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'BN in all layers', \
  data every ::first[2]::last[2] using (column('weight_decay')>0 ? (1.0*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#009e73' notitle, \
  data every ::first[2]::last[2] using (1.0*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 5 ps 0.7 lc rgb '#009e73' title 'BN last only', \
  data every ::first[3]::last[3] using (column('weight_decay')>0 ? (1.07*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#d55e00' notitle, \
  data every ::first[3]::last[3] using (1.07*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'no BN', \
  1.0 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'ideal: 1'

reset
set terminal svg size 400,325 enhanced standalone font 'sans-serif,13' background 'white'
set output 'cosines-weight-decay-1-inter.svg'
eval(style)
set title 'Maximum inter-class cosine' font ',12'
set xlabel 'weight decay λ'
set key maxrows 2
set logscale x
set xrange [2.3988329190194907e-05:0.013182567385564071]
set xtics ('0' 3.1622776601683795e-05, '10^{−4}' 1e-4, '10^{−3}' 1e-3, '10^{−2}' 1e-2)
set yrange [-0.1777777777777778:1.066666666666667]
plot data every ::first[4]::last[4] using (column('weight_decay')>0 ? (0.9299999999999999*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#0072b2' notitle, \
  data every ::first[4]::last[4] using (0.9299999999999999*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'BN in all layers', \
  data every ::first[5]::last[5] using (column('weight_decay')>0 ? (1.0*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#009e73' notitle, \
  data every ::first[5]::last[5] using (1.0*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 5 ps 0.7 lc rgb '#009e73' title 'BN last only', \
  data every ::first[6]::last[6] using (column('weight_decay')>0 ? (1.07*column('x')) : NaN):(column('median')) with lines lw 1.4 lc rgb '#d55e00' notitle, \
  data every ::first[6]::last[6] using (1.07*column('x')):(column('median')):(column('low')):(column('high')) with yerrorbars lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'no BN', \
  -0.1111111111111111 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'ideal: −1/(C−1)'
set output
