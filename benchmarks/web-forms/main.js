/** The form page of ODK as its readme says to use it, with the form that lies beside it. */
import { OdkWebForm, webFormsPlugin } from '@getodk/web-forms';
import { createApp, h } from 'vue';

const formXml = await (await fetch('/form.xml')).text();
const fetchFormAttachment = (address) => fetch(`/media/${address.pathname.split('/').pop()}`);
const missingResourceBehavior = 'BLANK'; // a picture that is not there stops nothing
createApp({ render: () => h(OdkWebForm, { formXml, fetchFormAttachment, missingResourceBehavior }) }).use(webFormsPlugin).mount('#app');
