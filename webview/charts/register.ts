import { BarElement, Chart, LinearScale, LogarithmicScale } from 'chart.js';
import { KindMarks } from './kindMarks';
import { LayerMarks } from './marks';

/** Everything the charts use of chart.js; what is not named here is not in the bundle and throws when used. */
export function registerCharts(): void {
  Chart.register(LayerMarks, KindMarks, BarElement, LinearScale, LogarithmicScale);
}
