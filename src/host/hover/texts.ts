import * as vscode from 'vscode';
import type { HoverTexts } from '../../report/hoverTexts';

/** The words of a hover. */
export function hoverTexts(): HoverTexts {
  return {
    inModels: count => vscode.l10n.t('The name is in {0} models.', count),
    moreModels: count => vscode.l10n.t('{0} more are not shown.', count),
    elements: count => vscode.l10n.t('{0} elements', count),
    computing: vscode.l10n.t('Figures are being computed; they are in the next hover.'),
    tooLarge: vscode.l10n.t('Figures are computed in the editor: it is a large tensor.'),
    failed: reason => vscode.l10n.t('No figures: {0}', reason),
    sample: percent => vscode.l10n.t('From a sample of {0} of the elements.', percent),
    range: vscode.l10n.t('Range'),
    mean: vscode.l10n.t('Mean'),
    std: vscode.l10n.t('Std'),
    outliers: sigma => vscode.l10n.t('Outliers (over {0} σ)', sigma),
    scheme: vscode.l10n.t('Scheme'),
    scale: vscode.l10n.t('Scale'),
    zeroPoint: vscode.l10n.t('Zero point'),
    sqnr: vscode.l10n.t('SQNR'),
    scales: count => vscode.l10n.t('{0} scales', count),
    stored: vscode.l10n.t('Stored as'),
    bitsPerWeight: vscode.l10n.t('Bits per weight'),
    histogram: vscode.l10n.t('Histogram of the values'),
    standsFor: count => vscode.l10n.t('Stands for {0} tensors:', count),
    moreTensors: count => vscode.l10n.t('{0} more', count),
    tensors: count => vscode.l10n.t('{0} tensors', count),
    partOf: model => vscode.l10n.t('a part of {0}', model),
    open: vscode.l10n.t('Open in Quantscope'),
    openBeside: vscode.l10n.t('Open Beside'),
    quantize: vscode.l10n.t('Quantize…'),
    compare: vscode.l10n.t('Compare…'),
  };
}
