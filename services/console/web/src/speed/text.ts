import { defineText } from '../i18n/define-text.ts';

export const speedText = defineText({ title: 'speed' }, { title: 'speed' });
