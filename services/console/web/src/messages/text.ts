import { defineText } from '../i18n/define-text.ts';

export const messagesText = defineText({ title: 'messages' }, { title: 'messages' });
