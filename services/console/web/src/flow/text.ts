import { defineText } from '../i18n/define-text.ts';

export const flowText = defineText({ title: 'flow' }, { title: 'flow' });
